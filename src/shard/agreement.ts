/** Whether two shards are of one run, and where not, what differs. */

import type { Result, ShardResult } from '../result/result.ts'
import { differing } from '../result/tested.ts'

type Sharded = Result & { readonly shard: ShardResult }

/** Equal for shards of one run. */
export function planKey({ versions, shard }: Sharded): string {
  const { plan, count } = shard
  const { parts, scenarios, days, options, split } = plan
  return [versions.nftproof, count, parts, scenarios, days, options, split].join(' ')
}

/** Of the same run are results with the same plan that read the same bytes of every file that both read. */
export const isOfOneRun = (one: Sharded, reference: Sharded): boolean =>
  planKey(one) === planKey(reference) && differing(one.tested, reference.tested).length === 0

function otherBytes(one: Sharded, reference: Sharded): string[] {
  const paths = differing(one.tested, reference.tested)
  return paths.length === 0 ? [] : [`with other bytes in ${paths.join(', ')}`]
}

/** `is of another run: 12 shards, not 10; …`, for one whose key differs. */
export function differencesOf(one: Sharded, reference: Sharded): string {
  const [a, b] = [one.shard, reference.shard]
  const [day, other] = [a.plan.days.join(', '), b.plan.days.join(', ')]
  const reasons = [
    ...(one.versions.nftproof === reference.versions.nftproof
      ? []
      : [`made by nftproof ${one.versions.nftproof}, not ${reference.versions.nftproof}`]),
    ...(a.count === b.count ? [] : [`of ${a.count} shards, not ${b.count}`]),
    ...(a.plan.scenarios === b.plan.scenarios
      ? []
      : ['with other scenarios, policies, projects or grants']),
    ...(day === other ? [] : [`for ${day}, not ${other} (--at DAY keeps it the same)`]),
    ...otherBytes(one, reference),
    ...(a.plan.options === b.plan.options ? [] : ['with other options or another ruleset']),
  ]
  // Whatever else differs makes another split of it.
  const split = a.plan.split === b.plan.split ? [] : ['split by other times (--times)']
  return `is of another run: ${(reasons.length > 0 ? reasons : split).join('; ')}`
}
