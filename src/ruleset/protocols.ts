/** The chains for a project's packets, by protocol, and the rules for all other protocols. */

import type { PortSet } from '../net/port-set.ts'
import { PORT_PROTOCOLS, type PortProtocol } from '../net/protocol.ts'
import type { EgressPolicy, Section } from '../policy/egress/policy.ts'
import { grantRules, type Way } from './grants.ts'
import { ICMP, type Icmp, icmpMatch, protocolMatch, TCP, UDP } from './packets.ts'
import { type Listed, portRules, rulesFor } from './rules.ts'
import { forFamily, forNumber, without } from './sections.ts'
import type { Length } from './sources.ts'
import { type Block, set } from './table.ts'
import { rangeText } from './text.ts'

export interface ProtocolChain {
  /** The name of nft in `meta l4proto`. */
  readonly protocol: string
  readonly name: string
  readonly rules: readonly string[]
}

export function protocolChains(policy: EgressPolicy, lengths: readonly Length[]): ProtocolChain[] {
  return [
    portChain(policy, 'tcp', 'out', lengths),
    portChain(policy, 'udp', 'out', lengths),
    icmpChain(ICMP[4], policy),
    icmpChain(ICMP[6], policy),
  ]
}

/** The same decision for replies, if flows of revoked grants are cut. */
export function replyChains(policy: EgressPolicy, lengths: readonly Length[]): ProtocolChain[] {
  return PORT_PROTOCOLS.map((protocol) => portChain(policy, protocol, 'back', lengths))
}

/** Rules for protocols without a chain of their own. */
export function otherProtocols({ protocols }: EgressPolicy, guard: string): string[] {
  const rest = without(protocols, TCP, UDP, ICMP[4].number, ICMP[6].number)
  return rulesFor(rest, (numbers) => `${protocolMatch(numbers)} `, guard)
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
function icmpChain(
  { keyword, number, family, nfproto }: Icmp,
  policy: EgressPolicy,
): ProtocolChain {
  const match = (numbers: PortSet): string => `${icmpMatch(family, numbers)} `
  const strangers = rulesFor(
    forNumber(policy.protocols, number),
    match,
    `meta nfproto != ${nfproto} `,
  )
  const own = rulesFor(forFamily(policy.icmp, family), match)
  return { protocol: keyword, name: `${keyword}_egress`, rules: [...strangers, ...own] }
}
