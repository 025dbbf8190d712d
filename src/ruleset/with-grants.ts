/**
 * The ruleset of a policy that takes grants: sets and maps that grants are added to and deleted
 * from, one by one, and chains for what a set cannot express.
 *
 *     forward, filter - 10   source     a project's link, a source address not its own → drop
 *     forward, filter        egress     established → accept, or judged once more
 *                                       new, towards a project → `inbound`
 *                                       from a project → by protocol: tcp, udp, icmp, icmp6, others
 */

import type { Zone } from '../lab/zone.ts'
import type { EgressPolicy } from '../policy/egress/policy.ts'
import type { Grant } from '../policy/grant.ts'
import { comment } from '../quote/nft.ts'
import { grantParts, type Way } from './grants.ts'
import { remarksOf } from './head.ts'
import { baseName } from './origin.ts'
import {
  otherProtocols,
  type ProtocolChain,
  portSets,
  protocolChains,
  replyChains,
} from './protocols.ts'
import { rulesFor } from './rules.ts'
import { type Length, lengthsOf, masked, sourceSets } from './sources.ts'
import { type Block, chain, type Table } from './table.ts'
import { tableName } from './text.ts'

export function tableWithGrants(
  policy: EgressPolicy,
  projects: readonly Zone[],
  grants: readonly Grant[],
): Table {
  const name = `inet ${tableName(policy.id)}`
  const lengths = lengthsOf(projects)
  const cuts = policy.grants.revoked === 'cut'
  const ways: readonly Way[] = cuts ? ['out', 'back'] : ['out']
  const granted = grantParts(grants, projects, { lengths, ways })
  const protocols = protocolChains(policy, lengths)
  const replies = cuts ? replyChains(policy, lengths) : []
  return {
    name,
    remarks: remarksOf(policy, projects.length === 0 ? howToFill(name, lengths) : []),
    blocks: [
      ...sourceSets(projects, lengths),
      ...portSets(policy),
      ...granted.sets,
      ...granted.chains,
      ...[...protocols, ...replies].map((own) => chain(own.name, [], own.rules)),
      sourceChain(policy, lengths),
      egressChain(policy, protocols, replies),
    ],
  }
}

function howToFill(table: string, lengths: readonly Length[]): string[] {
  const networks = { 4: '10.20.1.0', 6: '2001:db8:20:1::' }
  return [
    `nft add element ${table} project_links { eth1 }`,
    ...lengths.map(
      ({ family, suffix }) =>
        `nft add element ${table} project_sources${suffix} { eth1 . ${networks[family]} }`,
    ),
  ]
}

// Before connection tracking: a project that spoofs another project's address must not use that
// one's established flows.
function sourceChain({ file }: EgressPolicy, lengths: readonly Length[]): Block {
  const say = (what: string): string => comment(`${baseName(file)} ${what}`)
  return chain(
    'source',
    ['type filter hook forward priority filter - 10; policy accept;'],
    [
      `iifname != @project_links counter accept${say('from no project')}`,
      ...lengths.map(
        (length) =>
          `iifname . ${masked('saddr', length)} @project_sources${length.suffix} counter accept${say('source address of this link')}`,
      ),
      `counter drop${say('source address not of this link')}`,
    ],
  )
}

function egressChain(
  policy: EgressPolicy,
  protocols: readonly ProtocolChain[],
  replies: readonly ProtocolChain[],
): Block {
  const from = 'iifname @project_links '
  const rules = [
    ...establishedRules(policy, replies),
    ...inboundRules(policy),
    `${from}counter ${dispatch(protocols)}${comment(`${baseName(policy.file)} egress by protocol`)}`,
    ...otherProtocols(policy, from),
  ]
  return chain('egress', ['type filter hook forward priority filter; policy accept;'], rules)
}

function dispatch(chains: readonly ProtocolChain[]): string {
  const elements = chains.map(({ protocol, name }) => `${protocol} : goto ${name}`).join(', ')
  return `meta l4proto vmap { ${elements} }`
}

// If flows are cut, a packet of an established flow passes only while the flow could still be
// opened. Packets of a project are judged like new ones. Answers are judged by the same ports,
// networks and grants.
function establishedRules(policy: EgressPolicy, replies: readonly ProtocolChain[]): string[] {
  const { file, inbound } = policy
  const say = (what: string): string => comment(`${baseName(file)} ${what}`)
  if (replies.length === 0)
    return [`ct state established,related counter accept${say('replies to allowed flows')}`]
  const back = 'ct state established ct direction reply '
  return [
    `ct state related counter accept${say('errors about allowed flows')}`,
    // Between two projects, the inbound section decides.
    ...rulesFor(inbound, () => '', `${back}iifname @project_links oifname @project_links `),
    `${back}oifname @project_links counter ${dispatch(replies)}${say('replies, while allowed')}`,
    `${back}counter accept${say('replies to inbound flows')}`,
    `ct state established iifname != @project_links counter accept${say('inbound flows')}`,
  ]
}

/** One rule for everything: this section has no numbers. */
function inboundRules({ inbound }: EgressPolicy): string[] {
  return rulesFor(inbound, () => '', 'oifname @project_links ')
}
