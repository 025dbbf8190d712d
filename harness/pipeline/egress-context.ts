/** What every part of one family of an egress scenario needs. */

import type { Family } from '../../src/net/protocol.ts'
import type { PlannedSweep } from '../../src/plan/egress.ts'
import type { FamilyFindings } from '../../src/plan/findings.ts'
import type { SweepOrder } from '../../src/plan/order.ts'
import { shellPath } from '../../src/quote/shell.ts'
import type { PathSpec } from '../contract/lab.ts'
import type { Loaded } from '../input/load.ts'
import type { RunContext } from './context.ts'

export interface FamilyWork extends RunContext {
  readonly loaded: Loaded
  readonly ruleset: string
  readonly family: Family
  readonly sweeps: readonly PlannedSweep[]
  /** Of the whole scenario, of which these sweeps may be a part. */
  readonly order: SweepOrder
  readonly findings: FamilyFindings
}

export function pathOf({ plan, source, target, protocol }: PlannedSweep): PathSpec {
  return { from: plan.from, to: plan.to, source, target, protocol }
}

/** The path with the sweep's place in the scenario. */
export function placedPath({ order }: FamilyWork, sweep: PlannedSweep): PathSpec {
  return { ...pathOf(sweep), sweepIndex: order.byFamily.get(sweep)! }
}

/** Command that does again what showed something wrong at this number. */
export function replayOf(
  { options, loaded }: FamilyWork,
  { family, protocol }: PlannedSweep,
  number: number,
  sourcePort?: number,
): string {
  return [
    options.replay ?? 'nftproof run',
    shellPath(loaded.argument),
    `--family ipv${family} --protocol ${protocol} --ports ${number}`,
    ...(sourcePort === undefined ? [] : [`--source-port ${sourcePort}`]),
  ].join(' ')
}
