/** The chains for a project's packets, by protocol, and the rules for all other protocols. */

import { PortSet } from '../net/port-set.ts'
import type { Family } from '../net/protocol.ts'
import { PORT_PROTOCOLS, type PortProtocol } from '../net/protocol.ts'
import type { Clause } from '../policy/clause.ts'
import type { EgressPolicy, Section } from '../policy/egress/policy.ts'
import { grantRules, type Way } from './grants.ts'
import { anonymous, type Listed, portRules, rulesFor } from './rules.ts'
import type { Length } from './sources.ts'
import { type Block, set } from './table.ts'
import { rangeText } from './text.ts'

export interface ProtocolChain {
  /** The name of nft in `meta l4proto`. */
  readonly protocol: string
  readonly name: string
  readonly rules: readonly string[]
}

// Protocol numbers (IANA) with a chain of their own in both families.
const TCP = 6
const UDP = 17
const ICMP = { keyword: 'icmp', name: 'icmp', number: 1, family: 4, nfproto: 'ipv4' } as const
const ICMP6 = {
  keyword: 'icmpv6',
  // A keyword of nft. It knows `ipv6-icmp` only through /etc/protocols.
  name: 'icmpv6',
  number: 58,
  family: 6,
  nfproto: 'ipv6',
} as const
const DISPATCHED = PortSet.of(TCP, UDP, ICMP.number, ICMP6.number)

export function protocolChains(policy: EgressPolicy, lengths: readonly Length[]): ProtocolChain[] {
  return [
    portChain(policy, 'tcp', 'out', lengths),
    portChain(policy, 'udp', 'out', lengths),
    icmpChain(ICMP, policy),
    icmpChain(ICMP6, policy),
  ]
}

/** The same decision for replies, if flows of revoked grants are cut. */
export function replyChains(policy: EgressPolicy, lengths: readonly Length[]): ProtocolChain[] {
  return PORT_PROTOCOLS.map((protocol) => portChain(policy, protocol, 'back', lengths))
}

/** Rules for protocols without a chain of their own. */
export function otherProtocols({ protocols }: EgressPolicy, guard: string): string[] {
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
  const { deny, allow, denyByDefault, otherwise } = section
  return {
    ...section,
    deny: some(deny),
    allow: some(allow),
    denyByDefault: some(denyByDefault),
    otherwise: rest(otherwise),
  }
}

function portChain(
  policy: EgressPolicy,
  protocol: PortProtocol,
  way: Way,
  lengths: readonly Length[],
): ProtocolChain {
  const port = way === 'out' ? 'dport' : 'sport'
  const match = (listed: Listed, negated: boolean): string =>
    `${protocol} ${port} ${negated ? '!= ' : ''}@${protocol}_${listed} `
  const section: Section =
    way === 'out' ? policy[protocol] : { ...policy[protocol], blocked: 'drop' }
  const { denying, accepting, blocking } = portRules(section, match)
  const granting = blocking.length === 0 ? [] : grantRules(protocol, lengths, way)
  return {
    protocol,
    name: `${protocol}_${way === 'out' ? 'egress' : 'replies'}`,
    rules: [...denying, ...accepting, ...granting, ...blocking],
  }
}

/** The sets that the TCP and UDP chains use. Empty if no rule uses one. */
export function portSets(policy: EgressPolicy): Block[] {
  return PORT_PROTOCOLS.flatMap((protocol) => {
    const sets: Block[] = []
    portRules(policy[protocol], (listed, _negated, numbers) => {
      const interval = numbers.ranges.some(({ from, to }) => from !== to)
      const name = `${protocol}_${listed}`
      sets.push(set(name, { type: 'inet_service', interval }, numbers.ranges.map(rangeText)))
      return ''
    })
    return sets
  })
}

// `icmp type` matches over IPv4 only and `icmpv6 type` over IPv6 only, because nft adds a family
// match. In the other family, either number is an ordinary protocol.
function icmpChain(icmp: typeof ICMP | typeof ICMP6, policy: EgressPolicy): ProtocolChain {
  const { keyword, name, number, family, nfproto } = icmp
  const match = (numbers: PortSet): string => `${keyword} type ${anonymous(numbers)} `
  const strangers = rulesFor(
    forNumber(policy.protocols, number),
    match,
    `meta nfproto != ${nfproto} `,
  )
  const own = rulesFor(forFamily(policy.icmp, family), match)
  return { protocol: name, name: `${keyword}_egress`, rules: [...strangers, ...own] }
}

function forFamily(section: Section, family: Family): Section {
  const own = ({ family: f }: Clause): boolean => f === undefined || f === family
  return {
    ...section,
    deny: section.deny.filter(own),
    allow: section.allow.filter(own),
    denyByDefault: section.denyByDefault.filter(own),
  }
}

/** The section for one protocol number: a single line decides. */
function forNumber(section: Section, number: number): Section {
  const { deny, allow, denyByDefault, otherwise } = section
  const decides = [...deny, ...allow, ...denyByDefault, otherwise].find((c) =>
    c.numbers.has(number),
  )!
  return { ...section, deny: [], allow: [], denyByDefault: [], otherwise: decides }
}
