/** A result without what differs from run to run: times, names, and how it was divided. */
import type { Result } from '../../src/result/result.ts'

export function timeless(result: Result): object {
  const { id, shard, merged, timing, ...rest } = result
  return JSON.parse(
    JSON.stringify(rest, (key, value) => (key === 'timing' ? undefined : value)),
  ) as object
}
