/**
 * The ruleset of a policy that takes no grants: one chain, read from top to bottom as the policy
 * is. Its statements have the order in which they beat each other.
 *
 *     forward, filter    a source address that is not of its link → drop
 *                        established → accept, or only while the flow could be opened
 *                        towards a project → the policy's inbound section
 *                        not from a project → accept
 *                        from a project: hosts by name, TCP, UDP, ICMP, other protocols
 */

import type { Zone } from '../lab/zone.ts'
import { FAMILIES, type Family, PORT_PROTOCOLS, type PortProtocol } from '../net/protocol.ts'
import type { EgressPolicy } from '../policy/egress/policy.ts'
import type { Policy } from '../policy/policy.ts'
import { comment } from '../quote/nft.ts'
import { remarksOf } from './head.ts'
import { hostReplyRules, hostRules } from './host-rules.ts'
import { baseName, origin } from './origin.ts'
import { icmpMatch, icmpOver, portMatch, protocolMatch, TCP, UDP } from './packets.ts'
import { outcomeOf, rulesFor } from './rules.ts'
import { forFamily, without } from './sections.ts'
import { prefixSets } from './sources.ts'
import { chain, inline, type Table } from './table.ts'
import { anonymous, tableName } from './text.ts'

export function smallestTable(
  whole: Policy,
  policy: EgressPolicy,
  projects: readonly Zone[],
): Table {
  const name = `inet ${tableName(policy.id)}`
  const rules = [
    ...sourceRules(policy),
    ...establishedRules(whole, policy),
    ...rulesFor(policy.inbound, () => '', 'oifname @project_links '),
    `iifname != @project_links counter accept${say(policy, 'from no project')}`,
    ...hostRules(whole).rules,
    ...PORT_PROTOCOLS.flatMap((protocol) => portRules(policy, protocol)),
    ...icmpRules(policy),
    ...otherProtocols(policy),
  ]
  return {
    name,
    remarks: remarksOf(policy, projects.length === 0 ? howToFill(name) : []),
    blocks: [
      ...inline(prefixSets(projects)),
      chain('egress', ['type filter hook forward priority filter; policy accept;'], rules),
    ],
  }
}

function howToFill(table: string): string[] {
  return [
    `nft add element ${table} project_links { eth1 }`,
    `nft add element ${table} project_sources4 { eth1 . 10.20.1.0/24 }`,
    `nft add element ${table} project_sources6 { eth1 . 2001:db8:20:1::/64 }`,
  ]
}

const say = ({ file }: EgressPolicy, what: string): string => comment(`${baseName(file)} ${what}`)

// First of all: a project that spoofs another project's address must not use that one's flows.
function sourceRules(policy: EgressPolicy): string[] {
  return FAMILIES.map((family) => {
    const key = `iifname . ${family === 4 ? 'ip' : 'ip6'} saddr`
    return `iifname @project_links ${key} != @project_sources${family} counter drop${say(policy, 'source address not of this link')}`
  })
}

// If flows are cut, the grant of an established flow may have been in the ruleset that this one
// replaces. So packets of a project are judged like new ones, and replies by the same ports.
function establishedRules(whole: Policy, policy: EgressPolicy): string[] {
  if (policy.grants.revoked === 'keep')
    return [`ct state established,related counter accept${say(policy, 'replies to allowed flows')}`]
  return [
    `ct state related counter accept${say(policy, 'errors about allowed flows')}`,
    // Between two projects, the inbound section decides.
    ...rulesFor(
      policy.inbound,
      () => '',
      'ct direction reply iifname @project_links oifname @project_links ',
    ),
    ...hostReplyRules(whole, 'ct direction reply ').rules,
    ...PORT_PROTOCOLS.flatMap((protocol) => replyRules(policy, protocol)),
    `ct direction reply counter accept${say(policy, 'replies to allowed flows')}`,
    `ct state established iifname != @project_links counter accept${say(policy, 'inbound flows')}`,
  ]
}

/** Replies from ports that the policy blocks are dropped: no new flow could get one. */
function replyRules(policy: EgressPolicy, protocol: PortProtocol): string[] {
  const { open, blocked, blocking } = outcomeOf(policy[protocol])
  if (blocked.isEmpty) return []
  const isShorter = blocked.ranges.length < open.ranges.length
  const ports = isShorter ? anonymous(blocked) : `!= ${anonymous(open)}`
  const match = open.isEmpty ? `meta l4proto ${protocol}` : `${protocol} sport ${ports}`
  return [
    `ct direction reply oifname @project_links ${match} counter drop${origin(blocking, 'replies: ')}`,
  ]
}

function portRules(policy: EgressPolicy, protocol: PortProtocol): string[] {
  return rulesFor(
    policy[protocol],
    (ports) => `${portMatch(protocol, ports)} `,
    '',
    `meta l4proto ${protocol} `,
  )
}

/** One last rule for both families if the same line decides. */
function icmpRules({ icmp }: EgressPolicy): string[] {
  const rulesOver = (family: Family, whole: readonly Family[]): string[] =>
    rulesFor(
      forFamily(icmp, family),
      (types) => `${icmpMatch(family, types)} `,
      '',
      `${icmpOver(...whole)} `,
    )
  const [four, six] = FAMILIES.map((family) => rulesOver(family, FAMILIES))
  if (four!.at(-1) === six!.at(-1)) return [...four!.slice(0, -1), ...six!]
  return FAMILIES.flatMap((family) => rulesOver(family, [family]))
}

/** ICMP of the other family is decided by its protocol number, as any protocol. */
function otherProtocols({ protocols }: EgressPolicy): string[] {
  return rulesFor(without(protocols, TCP, UDP), (numbers) => `${protocolMatch(numbers)} `)
}
