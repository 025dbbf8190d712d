/** Whether two shards belong to one run, and the differences if not. */

import type { Result, ShardResult } from '../result/result.ts'
import { differing } from '../result/tested.ts'

type Sharded = Result & { readonly shard: ShardResult }

/** Equal for shards of one run. */
export function planKey({ versions, shard }: Sharded): string {
  const { plan, count } = shard
  const { parts, scenarios, days, options, split } = plan
  return [versions.nftproof, count, parts, scenarios, days, options, split].join(' ')
}

/** Results of one run have the same plan, and read the same bytes of every file that both read. */
export const isOfOneRun = (one: Sharded, reference: Sharded): boolean =>
  planKey(one) === planKey(reference) && differing(one.tested, reference.tested).length === 0

function otherBytes(one: Sharded, reference: Sharded): string[] {
  const paths = differing(one.tested, reference.tested)
  return paths.length === 0 ? [] : [`with other contents of ${paths.join(', ')}`]
}

/** `is of another run: of 12 shards, not 10; …`, for a shard with another key. */
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
    ...(day === other ? [] : [`for ${day}, not ${other} (set the same --at DAY)`]),
    ...otherBytes(one, reference),
    ...(a.plan.options === b.plan.options ? [] : ['with other options or another ruleset']),
  ]
  // Any other difference changes the split.
  const split = a.plan.split === b.plan.split ? [] : ['split with another --times file']
  return `is of another run: ${(reasons.length > 0 ? reasons : split).join('; ')}`
}
