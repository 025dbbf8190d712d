/** `nftproof compile` for a zone policy: its ruleset, for the interfaces of a lab file. */
import { RulesetTextError } from '../../src/quote/nft.ts'
import { compileZones } from '../../src/ruleset/zones.ts'
import { loadLab } from '../input/lab-file.ts'
import { loadZonePolicy } from '../input/load.ts'
import { warnOf } from '../output/problem-messages.ts'
import { InputError } from '../system/errors.ts'
import { Faults } from '../system/faulty-files.ts'
import { shown } from '../system/text-file.ts'
import type { CompileFlags } from './compile-flags.ts'

/** Throws InputError if the lab has no interface for a zone. */
export function zonesText(file: string, flags: CompileFlags): string {
  const { lab } = flags
  for (const flag of ['project', 'scenario', 'base', 'at', 'grants'] as const)
    if (flags[flag] !== undefined)
      throw new InputError(
        `--${flag}: ${shown(file)} is a zone policy, which has no projects: leave this option out`,
      )
  if (lab === undefined)
    throw new InputError(
      `${shown(file)}: is a zone policy: add --lab FILE, which names the interface of each zone`,
    )
  const faults = new Faults()
  const loaded = faults.attempt(() => loadZonePolicy(file))
  const plan = faults.attempt(() => loadLab(lab))
  faults.finish()
  const { policy, warnings } = loaded!
  const links = new Map(plan!.zones.map(({ name, link }) => [name, link]))
  try {
    const text = compileZones(policy, links)
    warnOf(warnings)
    return text
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof RulesetTextError)) throw cause
    const missing =
      cause instanceof RangeError ? ': name one under "zones", like NAME: { link: eth0 }' : ''
    throw new InputError(`${shown(lab)}: ${cause.message}${missing}`, { cause })
  }
}
