/** A policy for a terminal: open and blocked ports line by line, with counts and warnings. */
import Table from 'cli-table3'
import type { Problem } from '../input/problem.ts'
import { FAMILIES, type Family, type Protocol, protocolName } from '../net/protocol.ts'
import type { RangeMap } from '../net/range-map.ts'
import { count, counted, rangeWords } from '../net/text.ts'
import type { Clause } from '../policy/clause.ts'
import { decide } from '../policy/decide.ts'
import type { Expectation } from '../policy/expectation.ts'
import { hostAddressText } from '../policy/host-address.ts'
import { INTERNET, type Policy, PROJECT, type Statement } from '../policy/policy.ts'
import {
  INBOUND,
  isOfFirewall,
  OUTBOUND,
  statementsAbout,
  TO_FIREWALL,
} from '../policy/statements.ts'
import type { Style } from '../quote/style.ts'
import { fitted } from './widths.ts'
import { expectedWords, numbersHeading, plain, wrap } from './words.ts'
import { openBetween } from './zone-policy.ts'

/**
 * One protocol over one family, with a decision for every number. TCP and UDP decide alike over
 * both families.
 */
interface Part {
  readonly name: string
  readonly protocol: Protocol
  /** Of its own protocol. */
  readonly lines: readonly Statement[]
  readonly spans: RangeMap<Expectation>
}

export function renderPolicy(policy: Policy, warnings: readonly Problem[], style: Style): string {
  const head = `${style.strong(plain(policy.title))} (${plain(policy.id)})\n${plain(policy.source ?? policy.file)}`
  const tables = partsOf(policy).map((part) => renderPart(part, style))
  const rest = statementsAbout(policy, INBOUND, 'tcp').at(-1)!
  const inbound = `unsolicited inbound: ${rest.treatment === 'allow' ? 'open' : 'blocked'}${why(rest)}`
  const grants = `established flows of a revoked grant: ${policy.grants?.revoked === 'cut' ? 'cut' : 'kept'}${why(policy.grants ?? {})}`
  const own = firewallWords(policy)
  const hosts = hostWords(policy)
  const cautions = warnings.map(({ at, message }) =>
    style.doubtful(`warning: ${plain(at.file)}:${at.line}:${at.column}: ${plain(message)}`),
  )
  return [
    head,
    ...tables,
    ...(hosts.length > 0 ? [hosts.join('\n')] : []),
    `${wrap(inbound, '')}\n${wrap(grants, '')}`,
    ...(own.length > 0 ? [own.join('\n')] : []),
    ...(cautions.length > 0 ? [cautions.join('\n')] : []),
  ].join('\n\n')
}

/** What is open towards each host, and its addresses. */
function hostWords(policy: Policy): string[] {
  return hostPaths(policy).flatMap(({ to, addresses, open }) => [
    wrap(plain(`${to} is ${addresses.join(' and ')} on the Internet`), ''),
    wrap(plain(`${PROJECT} → ${to}: ${open.join(', ') || 'nothing open'}`), '  '),
  ])
}

const hostPaths = (policy: Policy) =>
  policy.hosts.map((host) => ({
    from: PROJECT,
    to: host.name,
    addresses: host.addresses.map(hostAddressText),
    open: openBetween(policy, OUTBOUND.from, host),
  }))

/** A line for each path from the firewall itself and to it; empty if the policy says nothing of it. */
function firewallWords(policy: Policy): string[] {
  if (!isOfFirewall(policy)) return []
  const rest = statementsAbout(policy, TO_FIREWALL, 'tcp').at(-1)!
  return [
    ...firewallPaths(policy).map(({ from, to, open }) =>
      wrap(`${from} → ${to}: ${open.join(', ') || 'nothing open'}`, '  '),
    ),
    wrap(`everything else of the firewall itself: ${plain(rest.clause.label)}`, ''),
  ]
}

function firewallPaths(policy: Policy) {
  const ends = [...[PROJECT, INTERNET].map((name) => ({ name, zone: name })), ...policy.hosts]
  const { to: firewall } = TO_FIREWALL
  const pairs = [
    ...ends.map((from) => ({ from, to: firewall })),
    ...ends.map((to) => ({ from: firewall, to })),
  ]
  return pairs.map(({ from, to }) => ({
    from: from.name,
    to: to.name,
    open: openBetween(policy, from, to),
  }))
}

function partsOf(policy: Policy): Part[] {
  const spans = (protocol: Protocol, family: Family): RangeMap<Expectation> =>
    decide(policy, { ...OUTBOUND, family, protocol })
  const part = (name: string, protocol: Protocol, family: Family = 4): Part => ({
    ...{ name, protocol },
    lines: statementsAbout(policy, OUTBOUND, protocol),
    spans: spans(protocol, family),
  })
  return [
    part('TCP', 'tcp'),
    part('UDP', 'udp'),
    ...FAMILIES.map((family) => part(protocolName('icmp', family), 'icmp', family)),
    part('other IP protocols', 'ip'),
  ]
}

const COLUMNS = [14, 24, 38] as const
/** Rows of one table; more are read by a program. */
const MAX_ROWS = 2000

function renderPart(part: Part, style: Style): string {
  const table = new Table({
    head: [numbersHeading(part.protocol), 'promise', 'line: source or reason'],
    colWidths: fitted(COLUMNS, [1, 2], style),
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  })
  const own = part.spans.filter(({ value }) => isOwn(part, value))
  const lines = byPlace(part)
  for (const span of own.slice(0, MAX_ROWS)) table.push(cells(lines, span, style))
  const { open, blocked } = counts(part)
  const left = own.length - MAX_ROWS
  const more = left > 0 ? `\n … and ${counted(left, 'more row')}: --reporter json has all` : ''
  return `${style.strong(part.name)}: ${counted(open, 'open', 'open')}, ${count(blocked)} blocked\n${table}${more}`
}

/** TCP, UDP and ICMP have their own parts. The part of IP protocols counts only its own lines. */
function isOwn({ protocol, lines }: Part, { clause }: Expectation): boolean {
  return protocol !== 'ip' || lines.some((line) => line.clause.at.line === clause.at.line)
}

type Lines = ReadonlyMap<string, Statement>

const placeOf = ({ at }: Pick<Clause, 'at'>): string => `${at.line}:${at.column}`

/** The first one at each position. */
const byPlace = (part: Part): Lines =>
  new Map(part.lines.map((line) => [placeOf(line.clause), line] as const).toReversed())

function cells(lines: Lines, span: RangeMap<Expectation>[number], style: Style): string[] {
  const { verdict, clause } = span.value
  const line = lines.get(placeOf(clause))
  const words = `${expectedWords(span.value)}: ${clause.label}`
  return [
    rangeWords(span),
    verdict === 'open' ? style.good(plain(words)) : plain(words),
    `${clause.at.line}${line ? why(line) : ''}`,
  ]
}

function why({ source, reason }: Pick<Statement, 'source' | 'reason'>): string {
  const text = source ?? reason
  return text === undefined ? '' : `: ${plain(text)}`
}

/** Only numbers that the part's own lines decide are counted. */
function counts(part: Part): { open: number; blocked: number } {
  let open = 0
  let blocked = 0
  for (const { from, to, value } of part.spans.filter((span) => isOwn(part, span.value)))
    if (value.verdict === 'open') open += to - from + 1
    else blocked += to - from + 1
  return { open, blocked }
}

/** The same content as JSON data. */
export function policyFacts(policy: Policy, warnings: readonly Problem[]) {
  return {
    id: policy.id,
    title: policy.title,
    source: policy.source,
    sections: partsOf(policy).map((part) => ({
      name: part.name,
      ...counts(part),
      spans: part.spans.map(({ from, to, value }) => ({ from, to, ...value })),
    })),
    ...(policy.hosts.length > 0 ? { hosts: hostPaths(policy) } : {}),
    ...(isOfFirewall(policy) ? { firewall: firewallPaths(policy) } : {}),
    warnings,
  }
}
