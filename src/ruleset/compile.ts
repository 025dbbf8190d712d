/**
 * A policy and the projects that it binds → nftables text: one table, which
 * replaces its former self in one transaction and touches no other.
 *
 *     forward, filter - 10   source     a project's link, a source address not its own → drop
 *     forward, filter        egress     established → accept
 *                                       new, towards a project → `inbound`
 *                                       from a project → by protocol: tcp, udp, icmp, icmp6, others
 */
import type { Policy } from '../policy/policy.ts'
import type { Zone } from '../scenario.ts'
import { block } from './blocks.ts'
import { projectSets } from './projects.ts'
import { otherProtocols, type ProtocolChain, protocolChains } from './protocols.ts'
import { baseName, rulesFor } from './rules.ts'
import { comment, RulesetTextError, remark, tableName } from './text.ts'

/**
 * Byte-identical for the same input; the order of the projects and of the
 * policy's lines does not matter. Without projects it binds nobody, and says how
 * to add one. Throws RulesetTextError where the policy's id, an interface name or
 * a way to block cannot be expressed.
 */
export function compile(policy: Policy, projects: readonly Zone[]): string {
  refuseResets(policy)
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
    // Declared first, so that there is something to delete on the first load too.
    `table ${table}`,
    `delete table ${table}`,
    block(`table ${table}`, body),
  ].join('\n')}\n`
}

// nft silently adds `meta l4proto tcp` before a reset: in any other chain the
// rule would match nothing, and what it should block would be let through.
function refuseResets(policy: Policy): void {
  for (const name of ['udp', 'icmp', 'protocols', 'inbound'] as const)
    if (policy[name].blocked === 'tcp-reset')
      throw new RulesetTextError(
        'tcp-reset',
        `${baseName(policy.file)}: ${name}: only TCP has resets; use drop or an ICMP error`,
      )
}

function howToFill(table: string): string[] {
  return [
    remark('Binds nobody yet: name the projects to nftproof compile, or add them, for example'),
    remark(`  nft add element ${table} project_links { eth1 }`),
    remark(`  nft add element ${table} project_sources4 { eth1 . 10.20.1.0/24 }`),
    remark(`  nft add element ${table} project_sources6 { eth1 . 2001:db8:20:1::/64 }`),
  ]
}

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
  const file = baseName(policy.file)
  const elements = protocols.map(({ protocol, name }) => `${protocol} : goto ${name}`).join(', ')
  const from = 'iifname @project_links '
  return block('chain egress', [
    'type filter hook forward priority filter; policy accept;',
    `ct state established,related counter accept${comment(`${file} replies to allowed flows`)}`,
    ...inboundRules(policy),
    `${from}counter meta l4proto vmap { ${elements} }${comment(`${file} egress by protocol`)}`,
    ...otherProtocols(policy, from),
  ])
}

/** One rule for everything: the section has no numbers of its own. */
function inboundRules({ inbound }: Policy): string[] {
  return rulesFor(inbound, () => '', 'oifname @project_links ')
}
