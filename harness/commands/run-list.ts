/** `nftproof run --list`. It loads only the code that reads files, so it answers at once. */
import type { Day } from '../../src/policy/grant.ts'
import { plain } from '../../src/report/words.ts'
import type { Shard } from '../../src/result/shard.ts'
import { type AnyLoaded, readScenarios } from '../input/load.ts'
import { type FolderFlags, scenariosFolder } from '../input/scenarios-folder.ts'
import { namedBy, separated, type TargetFlags } from '../input/target-flags.ts'
import { say } from '../output/console.ts'
import { EXIT } from '../system/errors.ts'
import { whichShard } from './which-shard.ts'

export interface ListFlags extends TargetFlags, FolderFlags {
  readonly ruleset?: string
  readonly at?: Day
  readonly shard?: Shard | 'none'
}

/**
 * Undefined if only a part of the scenarios is requested, because such a part needs a plan. Throws
 * InputError.
 */
export function listWhole(ids: readonly string[], flags: ListFlags): number | undefined {
  if (whichShard(flags)) return undefined
  namedBy(separated(flags))
  const read = readScenarios(scenariosFolder(flags), ids, flags.at)
  read.faults.finish()
  return list(read.loaded)
}

export function list(loaded: readonly AnyLoaded[]): number {
  const width = Math.max(...loaded.map(({ scenario }) => scenario.id.length))
  for (const { scenario } of loaded) say(`${scenario.id.padEnd(width)}  ${plain(scenario.title)}`)
  return EXIT.conforms
}
