/** `nftproof compile` for a zone policy: its table, for the interfaces of a lab file. */

import type { Problem } from '../../src/input/problem.ts'
import { linksOf } from '../../src/platform/zones.ts'
import { grantees } from '../../src/policy/grantees.ts'
import { RulesetTextError } from '../../src/quote/nft.ts'
import { tableOf } from '../../src/ruleset/compile.ts'
import type { Table } from '../../src/ruleset/table.ts'
import { loadLab } from '../input/lab-file.ts'
import { loadZonePolicy } from '../input/load.ts'
import { InputError } from '../system/errors.ts'
import { Faults } from '../system/faulty-files.ts'
import { shown } from '../system/text-file.ts'
import type { CompileFlags } from './compile-flags.ts'

interface Compiled {
  readonly table: Table
  readonly warnings: readonly Problem[]
}

/** Throws InputError if the lab has no interface for a zone. */
export function zonesTableOf(file: string, flags: CompileFlags): Compiled {
  const { lab } = flags
  for (const flag of ['project', 'scenario', 'at'] as const)
    if (flags[flag] !== undefined)
      throw new InputError(
        `--${flag}: ${shown(file)} is a zone policy without requests: leave this option out, or compile a platform`,
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
  if (flags.grants && !policy.grants)
    throw new InputError(`--grants: ${shown(file)} takes no grants: add "grants" to it`)
  try {
    const links = linksOf(plan!)
    const table = tableOf(policy, grantees(policy, links), flags.grants ? [] : undefined, links)
    return { table, warnings }
  } catch (cause) {
    if (!(cause instanceof RangeError || cause instanceof RulesetTextError)) throw cause
    const missing =
      cause instanceof RangeError ? ': name one under "zones", like NAME: { link: eth0 }' : ''
    throw new InputError(`${shown(lab)}: ${cause.message}${missing}`, { cause })
  }
}
