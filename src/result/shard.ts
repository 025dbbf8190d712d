/** One shard of a run: its index, the number of shards, and their text form. */

/** Counts from 1. */
export interface Shard {
  readonly index: number
  readonly count: number
}

/** More than any real fleet: a typing error must not plan a million shards. */
export const MAX_SHARDS = 10_000

/** Thrown for an invalid shard. The message has the value and the reason. */
export class ShardError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ShardError'
  }
}

/** Reads `3/10`. Throws ShardError. */
export function parseShard(text: string): Shard {
  const match = /^(\d+)\/(\d+)$/.exec(text)
  if (!match) throw new ShardError(`"${text}" is not a shard: write INDEX/COUNT, like 3/10`)
  return shardOf(Number(match[1]), Number(match[2]))
}

/** Throws ShardError if the index or the count is out of range. */
export function shardOf(index: number, count: number): Shard {
  if (count < 1 || count > MAX_SHARDS)
    throw new ShardError(`${count} shards: the count must be 1 to ${MAX_SHARDS}`)
  if (index < 1 || index > count)
    throw new ShardError(`shard ${index} of ${count}: the index must be 1 to ${count}`)
  return { index, count }
}

/** `shard 3 of 10`. */
export function shardWords({ index, count }: Shard): string {
  return `shard ${index} of ${count}`
}
