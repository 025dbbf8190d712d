/**
 * A policy, its projects and their grants → nftables text: one table, which replaces its former
 * version in one transaction and changes no other table.
 *
 *     forward, filter - 10   source     a project's link, a source address not its own → drop
 *     forward, filter        egress     established → accept, or judged once more
 *                                       new, towards a project → `inbound`
 *                                       from a project → by protocol: tcp, udp, icmp, icmp6, others
 */

import type { Zone } from '../lab/zone.ts'
import type { EgressPolicy } from '../policy/egress/policy.ts'
import type { Grant } from '../policy/grant.ts'
import type { Policy } from '../policy/policy.ts'
import { comment, RulesetTextError } from '../quote/nft.ts'
import { sectionsOf } from './by-protocol.ts'
import { firewallChains } from './firewall-chains.ts'
import { grantParts, type Way } from './grants.ts'
import {
  otherProtocols,
  type ProtocolChain,
  portSets,
  protocolChains,
  replyChains,
} from './protocols.ts'
import { baseName, rulesFor } from './rules.ts'
import { type Length, lengthsOf, masked, sourceSets } from './sources.ts'
import { type Block, chain, render, type Table } from './table.ts'
import { tableName } from './text.ts'

/**
 * Byte-identical for equal input. The order of the projects, of the grants and of the policy's
 * lines does not matter. Without projects, the table applies to none, and a comment shows how to
 * add one. Throws RulesetTextError if nftables cannot express the policy's id, an interface name or
 * a way to block, or if a grant is for an unknown project.
 */
export function compile(
  policy: Policy,
  projects: readonly Zone[],
  grants: readonly Grant[] = [],
): string {
  return render(tableOf(policy, projects, grants))
}

/** The table as data. */
export function tableOf(
  lowered: Policy,
  projects: readonly Zone[],
  grants: readonly Grant[],
): Table {
  const policy = sectionsOf(lowered)
  refuseResets(policy)
  const name = `inet ${tableName(policy.id)}`
  const lengths = lengthsOf(projects)
  const cuts = policy.grants.revoked === 'cut'
  const ways: readonly Way[] = cuts ? ['out', 'back'] : ['out']
  const granted = grantParts(grants, projects, { lengths, ways })
  const protocols = protocolChains(policy, lengths)
  const replies = cuts ? replyChains(policy, lengths) : []
  return {
    name,
    remarks: [
      `${policy.title} (${policy.id}), compiled by nftproof from ${baseName(policy.file)}`,
      ...(projects.length === 0 ? howToFill(name, lengths) : []),
    ],
    blocks: [
      ...sourceSets(projects, lengths),
      ...portSets(policy),
      ...granted.sets,
      ...granted.chains,
      ...[...protocols, ...replies].map((own) => chain(own.name, [], own.rules)),
      sourceChain(policy, lengths),
      egressChain(policy, protocols, replies),
      ...firewallChains(lowered),
    ],
  }
}

// nft silently adds `meta l4proto tcp` before a reset. In another protocol's chain the rule would
// match nothing, and packets to block would pass.
function refuseResets(policy: EgressPolicy): void {
  for (const name of ['udp', 'icmp', 'protocols', 'inbound'] as const)
    if (policy[name].blocked === 'tcp-reset')
      throw new RulesetTextError(
        'tcp-reset',
        `${baseName(policy.file)}: ${name}: only TCP has resets; use drop or an ICMP error`,
      )
}

function howToFill(table: string, lengths: readonly Length[]): string[] {
  const networks = { 4: '10.20.1.0', 6: '2001:db8:20:1::' }
  return [
    'Applies to no project yet: name projects with nftproof compile --project, or add them:',
    `  nft add element ${table} project_links { eth1 }`,
    ...lengths.map(
      ({ family, suffix }) =>
        `  nft add element ${table} project_sources${suffix} { eth1 . ${networks[family]} }`,
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
