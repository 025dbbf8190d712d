/**
 * A policy and the projects that it binds → nftables text: one table, which
 * replaces its former self in one transaction and touches no other.
 *
 *     forward, filter - 10   source     a project's link, a source address not its own → drop
 *     forward, filter        egress     established → accept
 *                                       new, towards a project → `inbound`
 *                                       from a project → by protocol: tcp, udp, icmp, icmp6, others
 */

import { networkText } from '../addresses.ts'
import type { Family } from '../flow.ts'
import type { Blocking, Clause, Policy, Section } from '../policy/policy.ts'
import { PortSet } from '../ports.ts'
import type { Zone } from '../scenario.ts'
import { comment, interfaceName, rangeText, remark, tableName } from './text.ts'

/** Throws RulesetTextError where a project's interface cannot be expressed. Byte-identical for the same input. */
export function compile(policy: Policy, projects: readonly Zone[]): string {
  const table = `inet ${tableName(policy.id)}`
  const protocols = protocolChains(policy)
  const body = [
    ...projectSets(projects),
    ...protocols.flatMap((chain) => chain.sets),
    sourceChain(policy),
    egressChain(policy, protocols),
    ...protocols.map((chain) => block(`chain ${chain.name}`, chain.rules)),
  ]
  return `${[
    remark(`${policy.title} (${policy.id}), compiled by nftproof from ${baseName(policy.file)}`),
    ...(projects.length === 0 ? howToFill(table) : []),
    `table ${table}`,
    `delete table ${table}`,
    block(`table ${table}`, body),
  ].join('\n')}\n`
}

function howToFill(table: string): string[] {
  return [
    remark('Binds nobody yet: name the projects to nftproof compile, or add them, for example'),
    remark(`  nft add element ${table} project_links { eth1 }`),
    remark(`  nft add element ${table} project_sources4 { eth1 . 10.20.1.0/24 }`),
    remark(`  nft add element ${table} project_sources6 { eth1 . 2001:db8:20:1::/64 }`),
  ]
}

/** `head {`, its lines indented, and `}`. */
function block(head: string, lines: readonly string[], indent = '\t'): string {
  const inner = lines
    .flatMap((line) => line.split('\n'))
    .map((line) => (line === '' ? '' : `\t${line}`))
  void indent
  return [`${head} {`, ...inner, '}'].join('\n')
}

// ── Projects ────────────────────────────────────────────────────────────────

function projectSets(projects: readonly Zone[]): string[] {
  const sorted = projects.toSorted((a, b) => (a.link < b.link ? -1 : 1))
  return [
    set(
      'project_links',
      'ifname',
      sorted.map(({ link }) => interfaceName(link)),
    ),
    sourceSet('project_sources4', 'ipv4_addr', sorted, 4),
    sourceSet('project_sources6', 'ipv6_addr', sorted, 6),
  ]
}

function sourceSet(name: string, type: string, projects: readonly Zone[], family: Family): string {
  const elements = projects.flatMap(({ link, addresses }) =>
    addresses
      .filter((a) => a.family === family)
      .map((a) => `${interfaceName(link)} . ${networkText(a)}`),
  )
  return set(name, `ifname . ${type}`, elements, true)
}

const ELEMENTS_PER_LINE = 8

function set(name: string, type: string, elements: readonly string[], interval = false): string {
  const lines: string[] = []
  for (let i = 0; i < elements.length; i += ELEMENTS_PER_LINE)
    lines.push(`\t${elements.slice(i, i + ELEMENTS_PER_LINE).join(', ')},`)
  return block(`set ${name}`, [
    `type ${type}`,
    ...(interval ? ['flags interval'] : []),
    ...(lines.length > 0 ? ['elements = {', ...lines, '}'] : []),
  ])
}

// ── Base chains ─────────────────────────────────────────────────────────────

// Before connection tracking has its say: a project that borrows another's
// address must not ride on that one's established flows.
function sourceChain({ file }: Policy): string {
  const why = comment(`${baseName(file)} source address not of this link`)
  return block('chain source', [
    'type filter hook forward priority filter - 10; policy accept;',
    `meta nfproto ipv4 iifname @project_links iifname . ip saddr != @project_sources4 counter drop${why}`,
    `meta nfproto ipv6 iifname @project_links iifname . ip6 saddr != @project_sources6 counter drop${why}`,
  ])
}

function egressChain(policy: Policy, protocols: readonly ProtocolChain[]): string {
  const { inbound } = policy
  const file = baseName(policy.file)
  const elements = protocols.map(({ protocol, name }) => `${protocol} : goto ${name}`).join(', ')
  const from = 'iifname @project_links'
  return block('chain egress', [
    'type filter hook forward priority filter; policy accept;',
    `ct state established,related counter accept${comment(`${file} replies to allowed flows`)}`,
    ...rulesFor(inbound, 'oifname @project_links', { name: 'inbound', match: () => '' }).rules,
    `${from} counter meta l4proto vmap { ${elements} }${comment(`${file} egress by protocol`)}`,
    ...otherProtocols(policy.protocols, from),
  ])
}

function otherProtocols(section: Section, from: string): string[] {
  const match = (numbers: PortSet): string => `meta l4proto ${anonymous(numbers)} `
  return rulesFor(section, from, { name: 'protocol', match }).rules
}

function anonymous(numbers: PortSet): string {
  const elements = numbers.ranges.map(rangeText)
  return elements.length === 1 ? elements[0]! : `{ ${elements.join(', ')} }`
}

// ── Chains for each protocol ────────────────────────────────────────────────

interface ProtocolChain {
  /** As nft names it in `meta l4proto`. */
  readonly protocol: string
  readonly name: string
  readonly sets: readonly string[]
  readonly rules: readonly string[]
}

function protocolChains(policy: Policy): ProtocolChain[] {
  return [
    portChain('tcp', policy.tcp),
    portChain('udp', policy.udp),
    icmpChain('icmp', 'icmp', policy, 4),
    icmpChain('ipv6-icmp', 'icmpv6', policy, 6),
  ]
}

function portChain(protocol: 'tcp' | 'udp', section: Section): ProtocolChain {
  const sets: string[] = []
  const match = (numbers: PortSet, treatment: Clause['treatment']): string => {
    const name = `${protocol}_${treatment}`
    const interval = numbers.ranges.some(({ from, to }) => from !== to)
    sets.push(set(name, 'inet_service', numbers.ranges.map(rangeText), interval))
    return `${protocol} dport @${name} `
  }
  const { rules } = rulesFor(section, '', { name: protocol, match })
  return { protocol, name: `${protocol}_egress`, sets, rules }
}

/** `icmp type` and `icmpv6 type` match their own family only; the other's number in this one is just another protocol. */
function icmpChain(
  protocol: string,
  keyword: 'icmp' | 'icmpv6',
  policy: Policy,
  family: Family,
): ProtocolChain {
  const own = forFamily(policy.icmp, family)
  const match = (numbers: PortSet): string => `${keyword} type ${anonymous(numbers)} `
  const guard = `meta nfproto != ${family === 4 ? 'ipv4' : 'ipv6'}`
  const strangers = otherProtocols(forNumber(policy.protocols, protocol === 'icmp' ? 1 : 58), guard)
  const { rules } = rulesFor(own, '', { name: keyword, match })
  return { protocol, name: `${keyword}_egress`, sets: [], rules: [...strangers, ...rules] }
}

function forFamily(section: Section, family: Family): Section {
  const own = ({ family: f }: Clause): boolean => f === undefined || f === family
  return { ...section, allow: section.allow.filter(own), restrict: section.restrict.filter(own) }
}

/** The section as one protocol number sees it: a single line decides. */
function forNumber(section: Section, number: number): Section {
  const decides = [...section.allow, ...section.restrict, section.otherwise].find((c) =>
    c.numbers.has(number),
  )!
  return { ...section, allow: [], restrict: [], otherwise: decides }
}

// ── Rules ───────────────────────────────────────────────────────────────────

interface Matching {
  readonly name: string
  /** Text that matches the numbers; empty when a rule shall match all that reaches it. */
  readonly match: (numbers: PortSet, treatment: Clause['treatment']) => string
}

const EVERYTHING = PortSet.all

/** At most one rule for each treatment; one that nothing can reach, or that the last one repeats, is left out. */
function rulesFor(section: Section, prefix: string, { match }: Matching): { rules: string[] } {
  const lead = prefix === '' ? '' : `${prefix} `
  const rules: string[] = []
  const allowed = numbersOf(section.allow)
  const restricted = numbersOf(section.restrict).subtract(allowed)
  const rest = section.otherwise.numbers.subtract(allowed).subtract(restricted)
  if (allowed.equals(EVERYTHING) || covers(allowed, section)) {
    return { rules: [`${lead}counter accept${origin(section.allow)}`] }
  }
  if (!allowed.isEmpty)
    rules.push(`${lead}${match(allowed, 'allow')}counter accept${origin(section.allow)}`)
  if (!restricted.isEmpty && !rest.isEmpty)
    rules.push(
      `${lead}${match(restricted, 'restrict')}counter ${blocking(section.blocked)}${origin(section.restrict)}`,
    )
  if (!restricted.isEmpty && rest.isEmpty)
    rules.push(`${lead}counter ${blocking(section.blocked)}${origin(section.restrict)}`)
  else rules.push(`${lead}counter ${verdict(section)}${origin([section.otherwise])}`)
  return { rules }
}

function covers(allowed: PortSet, { otherwise }: Section): boolean {
  return otherwise.numbers.subtract(allowed).isEmpty
}

function verdict({ otherwise, blocked }: Section): string {
  return otherwise.treatment === 'allow' ? 'accept' : blocking(blocked)
}

function numbersOf(clauses: readonly Clause[]): PortSet {
  return clauses.reduce((all, { numbers }) => all.union(numbers), PortSet.empty)
}

function blocking(by: Blocking): string {
  switch (by) {
    case 'drop':
      return 'drop'
    case 'tcp-reset':
      return 'reject with tcp reset'
    case 'port-unreachable':
    case 'host-unreachable':
    case 'no-route':
    case 'admin-prohibited':
      return `reject with icmpx type ${by}`
    default:
      throw new Error(`unknown way to block: ${by satisfies never}`)
  }
}

/** Where the rule comes from: `zerops.yaml:12,14 allow SSH, allow HTTP`. */
function origin(clauses: readonly Clause[]): string {
  const sorted = clauses.toSorted((a, b) => a.at.line - b.at.line || a.at.column - b.at.column)
  const lines = [...new Set(sorted.map((c) => c.at.line))].join(',')
  const labels = sorted.map((c) => c.label).join(', ')
  return comment(`${baseName(sorted[0]!.at.file)}:${lines} ${labels}`)
}

function baseName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1)
}
