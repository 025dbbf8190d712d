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
import type { PortProtocol } from '../net/protocol.ts'
import type { EgressPolicy } from '../policy/egress/policy.ts'
import type { Grant } from '../policy/grant.ts'
import type { Policy } from '../policy/policy.ts'
import { comment } from '../quote/nft.ts'
import { grantParts, grantRules, type Way } from './grants.ts'
import { remarksOf } from './head.ts'
import { hostReplyRules, hostRules } from './host-rules.ts'
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
  whole: Policy,
  policy: EgressPolicy,
  { projects, grants }: { readonly projects: readonly Zone[]; readonly grants: readonly Grant[] },
): Table {
  const name = `inet ${tableName(policy.id)}`
  const lengths = lengthsOf(projects)
  const cuts = policy.grants.revoked === 'cut'
  const ways: readonly Way[] = cuts ? ['out', 'back'] : ['out']
  const granted = grantParts(grants, projects, { lengths, ways })
  const protocols = protocolChains(policy, lengths)
  const replies = cuts ? replyChains(policy, lengths) : []
  const hosts = hostParts(whole, lengths, cuts)
  return {
    name,
    remarks: remarksOf(policy, projects.length === 0 ? howToFill(name, lengths) : []),
    blocks: [
      ...sourceSets(projects, lengths),
      ...portSets(policy),
      ...granted.sets,
      ...granted.chains,
      ...[...protocols, ...replies].map((own) => chain(own.name, [], own.rules)),
      ...hosts.chains,
      sourceChain(policy, lengths),
      egressChain(policy, { protocols, replies, hosts }),
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

interface Protocols {
  readonly protocols: readonly ProtocolChain[]
  readonly replies: readonly ProtocolChain[]
}

/** Rules about hosts, and the chains of grants that they ask. */
interface HostParts {
  readonly rules: readonly string[]
  readonly replies: readonly string[]
  readonly chains: readonly Block[]
}

function hostParts(policy: Policy, lengths: readonly Length[], cuts: boolean): HostParts {
  const named =
    (what: string) =>
    (protocol: PortProtocol): string =>
      `${protocol}_${what}`
  const [out, back] = [named('granted'), named('granted_replies')]
  const own = hostRules(policy, '@project_links', out)
  const replies = cuts
    ? hostReplyRules(policy, BACK, back)
    : { rules: [], asking: new Set<never>() }
  const chains = ([way, name, asking]: readonly [Way, typeof out, ReadonlySet<PortProtocol>]) =>
    [...asking].map((protocol) => chain(name(protocol), [], grantRules(protocol, lengths, way)))
  return {
    rules: own.rules,
    replies: replies.rules,
    chains: [...chains(['out', out, own.asking]), ...chains(['back', back, replies.asking])],
  }
}

const BACK = 'ct state established ct direction reply '

function egressChain(
  policy: EgressPolicy,
  { protocols, replies, hosts }: Protocols & { readonly hosts: HostParts },
): Block {
  const from = 'iifname @project_links '
  const rules = [
    ...establishedRules(policy, replies, hosts.replies),
    ...inboundRules(policy),
    ...hosts.rules,
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
function establishedRules(
  policy: EgressPolicy,
  replies: readonly ProtocolChain[],
  ofHosts: readonly string[],
): string[] {
  const { file, inbound } = policy
  const say = (what: string): string => comment(`${baseName(file)} ${what}`)
  if (replies.length === 0)
    return [`ct state established,related counter accept${say('replies to allowed flows')}`]
  return [
    `ct state related counter accept${say('errors about allowed flows')}`,
    // Between two projects, the inbound section decides.
    ...rulesFor(inbound, () => '', `${BACK}iifname @project_links oifname @project_links `),
    ...ofHosts,
    `${BACK}oifname @project_links counter ${dispatch(replies)}${say('replies, while allowed')}`,
    `${BACK}counter accept${say('replies to inbound flows')}`,
    `ct state established iifname != @project_links counter accept${say('inbound flows')}`,
  ]
}

/** One rule for everything: this section has no numbers. */
function inboundRules({ inbound }: EgressPolicy): string[] {
  return rulesFor(inbound, () => '', 'oifname @project_links ')
}
