/** The chains that a project's packets are sent to, by protocol, and the rules for all other protocols. */
import type { Family } from '../flow.ts'
import type { Clause, Policy, Section, Treatment } from '../policy/policy.ts'
import { PortSet } from '../ports.ts'
import { set } from './blocks.ts'
import { anonymous, rulesFor } from './rules.ts'
import { rangeText } from './text.ts'

export interface ProtocolChain {
  /** As nft names it in `meta l4proto`. */
  readonly protocol: string
  readonly name: string
  readonly sets: readonly string[]
  readonly rules: readonly string[]
}

// Protocol numbers (IANA) that have a chain of their own, in both families.
const TCP = 6
const UDP = 17
const ICMP = { keyword: 'icmp', name: 'icmp', number: 1, family: 4, nfproto: 'ipv4' } as const
const ICMP6 = {
  keyword: 'icmpv6',
  name: 'ipv6-icmp',
  number: 58,
  family: 6,
  nfproto: 'ipv6',
} as const
const DISPATCHED = PortSet.of(TCP, UDP, ICMP.number, ICMP6.number)

export function protocolChains(policy: Policy): ProtocolChain[] {
  return [
    portChain('tcp', policy.tcp),
    portChain('udp', policy.udp),
    icmpChain(ICMP, policy),
    icmpChain(ICMP6, policy),
  ]
}

/** Rules for the protocols that have no chain of their own. */
export function otherProtocols({ protocols }: Policy, guard: string): string[] {
  const match = (numbers: PortSet): string => `meta l4proto ${anonymous(numbers)} `
  return rulesFor(withoutDispatched(protocols), match, guard)
}

function withoutDispatched(section: Section): Section {
  const rest = (clause: Clause): Clause => ({
    ...clause,
    numbers: clause.numbers.subtract(DISPATCHED),
  })
  const some = (clauses: readonly Clause[]): Clause[] =>
    clauses.map(rest).filter((clause) => !clause.numbers.isEmpty)
  const { allow, restrict, otherwise } = section
  return { ...section, allow: some(allow), restrict: some(restrict), otherwise: rest(otherwise) }
}

function portChain(protocol: 'tcp' | 'udp', section: Section): ProtocolChain {
  const sets: string[] = []
  const match = (numbers: PortSet, treatment: Treatment): string => {
    const name = `${protocol}_${treatment}`
    const interval = numbers.ranges.some(({ from, to }) => from !== to)
    sets.push(set(name, { type: 'inet_service', interval }, numbers.ranges.map(rangeText)))
    return `${protocol} dport @${name} `
  }
  const rules = rulesFor(section, match)
  return { protocol, name: `${protocol}_egress`, sets, rules }
}

// `icmp type` matches over IPv4 only and `icmpv6 type` over IPv6 only, because nft
// puts the family before them. Either number in the other family is just
// another protocol.
function icmpChain(icmp: typeof ICMP | typeof ICMP6, policy: Policy): ProtocolChain {
  const { keyword, name, number, family, nfproto } = icmp
  const match = (numbers: PortSet): string => `${keyword} type ${anonymous(numbers)} `
  const strangers = rulesFor(
    forNumber(policy.protocols, number),
    match,
    `meta nfproto != ${nfproto} `,
  )
  const own = rulesFor(forFamily(policy.icmp, family), match)
  return { protocol: name, name: `${keyword}_egress`, sets: [], rules: [...strangers, ...own] }
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
