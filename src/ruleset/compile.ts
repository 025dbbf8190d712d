/**
 * A policy, its projects and their grants → nftables text: one table, which replaces its former
 * version in one transaction and changes no other table.
 *
 *     without grants    smallest.ts     one chain that a person reads at a glance
 *     with grants       with-grants.ts  sets and maps that take grants one by one
 */

import type { Zone } from '../lab/zone.ts'
import type { EgressPolicy } from '../policy/egress/policy.ts'
import type { Grant } from '../policy/grant.ts'
import type { Policy } from '../policy/policy.ts'
import { RulesetTextError } from '../quote/nft.ts'
import { sectionsOf } from './by-protocol.ts'
import { firewallChains } from './firewall-chains.ts'
import { baseName } from './origin.ts'
import { smallestTable } from './smallest.ts'
import { render, type Table } from './table.ts'
import { tableWithGrants } from './with-grants.ts'
import type { Links } from './zone-ends.ts'
import { zonesTable } from './zones.ts'

/**
 * Byte-identical for equal input. The order of the projects, of the grants and of the policy's
 * lines does not matter. Without projects, the table applies to none, and a comment shows how to
 * add one. `grants`: absent for the smallest ruleset, which takes none; an empty list for one that
 * can take some later. `links`: of a policy for zones; `projects` are then its hosts that may have grants. Throws RulesetTextError if nftables cannot express the policy's id, an
 * interface name or a way to block, or if a grant is for an unknown project.
 */
export function compile(
  policy: Policy,
  projects: readonly Zone[],
  grants?: readonly Grant[],
  links?: Links,
): string {
  return render(tableOf(policy, projects, grants, links))
}

/** The table as data. */
export function tableOf(
  policy: Policy,
  projects: readonly Zone[],
  grants?: readonly Grant[],
  links?: Links,
): Table {
  if (links) return zonesTable(policy, links, { projects, grants })
  const sections = sectionsOf(policy)
  refuseResets(sections)
  const table =
    grants === undefined
      ? smallestTable(policy, sections, projects)
      : tableWithGrants(policy, sections, { projects, grants })
  return { ...table, blocks: [...table.blocks, ...firewallChains(policy)] }
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
