/** The handler of `nftproof run`: reads, runs, prints and writes, and sets the exit code. */
import { readScenarios } from '../input/load.ts'
import { scenariosFolder } from '../input/scenarios-folder.ts'
import { type Named, namedBy, separated } from '../input/target-flags.ts'
import { providersFor, type Wanted } from '../pipeline/scenario-providers.ts'
import type { WithAvailableProviders } from '../provider/with-providers.ts'
import type { Started } from '../sandbox/start.ts'
import type { RunFlags } from './run-flags.ts'
import { list } from './run-list.ts'
import { optionsOf, shardOf, type Unstarted } from './run-options.ts'
import { perform } from './run-perform.ts'
import { whichShard } from './which-shard.ts'

/**
 * `started` is absent for --list, and if the firewall is in an existing target, which is opened
 * first.
 */
export async function runCommand(
  ids: readonly string[],
  given: RunFlags,
  started: Started | undefined,
): Promise<number> {
  const found = whichShard(given)
  const flags = separated(given)
  const named = namedBy(flags)
  const read = readScenarios(scenariosFolder(flags), ids, flags.at)
  const options = await optionsOf(flags, read, named)
  const prepared = found ? await shardOf(found, options, flags) : options
  if (flags.list) return list(prepared.loaded)
  const wanted = providersFor(prepared.loaded, named, flags.ruleset !== undefined)
  if (wanted.length === 0) return perform({ ...prepared, ...started! }, flags)
  await started?.sandbox.close()
  return performHoused(prepared, flags, wanted, named)
}

/** A target on the command line applies to all scenarios that do not name their own. */
async function performHoused(
  prepared: Unstarted,
  flags: RunFlags,
  wanted: readonly Wanted[],
  named: Named | undefined,
): Promise<number> {
  const { withProviders, withAvailableProviders } = await import('../provider/with-providers.ts')
  const options = wanted.map(({ options: own }) => own)
  const work = ({ providers: all, ...opened }: WithAvailableProviders): Promise<number> => {
    const byId = wanted.flatMap(({ scenarios }, i) => scenarios.map((id) => [id, all[i]!] as const))
    const providers = new Map(
      byId.flatMap(([id, it]) => ('failure' in it ? [] : [[id, it] as const])),
    )
    const failures = new Map(
      byId.flatMap(([id, it]) => ('failure' in it ? [[id, it] as const] : [])),
    )
    const loaded = prepared.loaded.map((one) => ({ ...one, ...failures.get(one.scenario.id) }))
    return perform({ ...prepared, ...opened, loaded, providers }, flags)
  }
  return named ? withProviders(options, flags, work) : withAvailableProviders(options, flags, work)
}
