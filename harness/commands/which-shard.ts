/** Finds the shard of this run. */
import type { Shard } from '../../src/result/shard.ts'
import { ShardError } from '../../src/result/shard.ts'
import {
  type Environment,
  type FoundShard,
  shardFromEnvironment,
} from '../../src/shard/environment.ts'
import { InputError } from '../system/errors.ts'

/** The shard of the command line, else of the environment. Throws InputError. */
export function whichShard(
  { shard }: { readonly shard?: Shard | 'none' },
  environment: Environment = process.env,
): FoundShard | undefined {
  if (shard === 'none') return undefined
  if (shard) return { shard, words: '--shard' }
  try {
    return shardFromEnvironment(environment)
  } catch (error) {
    if (error instanceof ShardError) throw new InputError(error.message)
    throw error
  }
}
