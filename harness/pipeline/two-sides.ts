/** One sweep through two firewalls at the same time. */
import { compared, countedTogether, sweepAlone, withAlone } from '../../src/compare/alone.ts'
import type { Changes } from '../../src/compare/change.ts'
import type { Measurement } from '../../src/compare/measurement.ts'
import type { Traced } from '../../src/compare/traced.ts'
import type { DiffSweep } from '../../src/plan/diff.ts'
import { measure } from './measure.ts'
import type { Sides } from './session.ts'

export type Compared = Changes & Pick<Measurement, 'probes' | 'losses'>

export async function compareSides(
  sides: Sides,
  sweep: DiffSweep,
  traced: Traced,
): Promise<Compared> {
  const [before, after] = await measureBoth(sides, sweep)
  const seen = compared(sweep, before.observed, after.observed)
  const alone = sweepAlone(sweep, seen, traced)
  if (!alone) return { ...seen.changes, ...countedTogether([before], [after]) }
  const [was, is] = await measureBoth(sides, alone)
  return {
    ...withAlone(sweep, seen, [was.observed, is.observed], traced),
    ...countedTogether([before, was], [after, is]),
  }
}

const measureBoth = (
  { old, new: young }: Sides,
  sweep: DiffSweep,
): Promise<[Measurement, Measurement]> => Promise.all([measure(old, sweep), measure(young, sweep)])
