/** A shard of a run: which of how many, and how people and machines write that. */

/** Counts from 1. */
export interface Shard {
  readonly index: number
  readonly count: number
}

/** Far beyond any fleet; a typing error should not plan a million shards. */
export const MAX_SHARDS = 10_000

/** Thrown for what is no shard; the message says which value and why. */
export class ShardError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'ShardError'
  }
}

/** Reads `3/10`. Throws ShardError. */
export function parseShard(text: string): Shard {
  const match = /^(\d+)\/(\d+)$/.exec(text)
  if (!match) throw new ShardError(`"${text}" is not a shard like 3/10`)
  return shardOf(Number(match[1]), Number(match[2]))
}

/** Throws ShardError where there is no such shard. */
export function shardOf(index: number, count: number): Shard {
  if (count < 1 || count > MAX_SHARDS)
    throw new ShardError(`${count} shards: there may be 1 to ${MAX_SHARDS}`)
  if (index < 1 || index > count)
    throw new ShardError(`shard ${index} of ${count}: there are shards 1 to ${count}`)
  return { index, count }
}

/** `shard 3 of 10`. */
export function shardWords({ index, count }: Shard): string {
  return `shard ${index} of ${count}`
}
