/**
 * One sweep through two firewalls at the same time. Differing ports are probed again if rules are
 * stateful or random.
 */
import { type Changes, changesOf } from '../../src/compare/change.ts'
import { classed, single } from '../../src/compare/classes.ts'
import { repetitionsIn, withConsistency } from '../../src/compare/consistency.ts'
import { extrapolate } from '../../src/compare/extrapolate.ts'
import { type Measurement, sumOfLosses } from '../../src/compare/measurement.ts'
import type { Traced } from '../../src/compare/traced.ts'
import { PortSet } from '../../src/net/port-set.ts'
import type { RangeMap } from '../../src/net/range-map.ts'
import type { DiffSweep } from '../../src/plan/diff.ts'
import type { Change } from '../../src/result/diff.ts'
import type { Observation } from '../../src/result/outcome.ts'
import type { Losses } from '../../src/result/result.ts'
import { measure } from './measure.ts'
import type { Sides } from './session.ts'

export interface Compared extends Changes {
  readonly probes: number
  readonly losses: Losses
}

export async function compareSides(
  sides: Sides,
  sweep: DiffSweep,
  traced: Traced,
): Promise<Compared> {
  const { numbers, classes, detail } = sweep
  const [before, after] = await measureBoth(sides, sweep)
  const [was, is] = [before, after].map(({ observed }) =>
    detail === 'boundaries' ? extrapolate(observed, classes) : observed,
  ) as [RangeMap<Observation>, RangeMap<Observation>]
  const found = changesOf(numbers, was, is, sweep)
  return {
    ...(await seenOften(sides, sweep, { was, is, found }, traced)),
    probes: Math.max(before.probes, after.probes),
    losses: sumOfLosses([before, after]),
  }
}

const measureBoth = (
  { old, new: young }: Sides,
  sweep: Parameters<typeof measure>[1],
): Promise<[Measurement, Measurement]> => Promise.all([measure(old, sweep), measure(young, sweep)])

interface Seen {
  readonly was: RangeMap<Observation>
  readonly is: RangeMap<Observation>
  readonly found: Changes
}

/**
 * The number of probes for a port whose rules are random, or use a key that depends on the source
 * port.
 */
const BY_CHANCE = 16

/**
 * If rules are stateful or random, each differing port is probed once more alone, until its limits
 * trigger. Another packet may have caused the difference, or a limit may not have triggered yet.
 * All observations count, so an unsteady port stays unsteady.
 */
async function seenOften(
  sides: Sides,
  sweep: DiffSweep,
  { was, is, found }: Seen,
  traced: Traced,
): Promise<Changes> {
  if (sweep.repetitions === 0 && !sweep.scatters) return found
  const doubtful = doubtfulIn(found).filter((row) => !traced.isSure(sweep, row))
  if (doubtful.length === 0) return found
  const { numbers, classes } = sweep
  const repetitions = Math.max(sweep.thoroughRepeats, sweep.scatters ? BY_CHANCE : 0)
  const members = doubtful.flatMap((row) =>
    classed(PortSet.of(row), classes).map((one) => [`${row.from} ${one.id}`, one.from] as const),
  )
  const alone = PortSet.of(...new Map(members).values())
  const [before, after] = await measureBoth(sides, {
    ...sweep,
    ...{ numbers: alone, classes: single(alone), repetitions },
  })
  const changes = changesOf(
    numbers,
    withConsistency(was, repetitionsIn(before.observed), classes),
    withConsistency(is, repetitionsIn(after.observed), classes),
    sweep,
  )
  for (const row of doubtfulIn(changes)) traced.keepSure(sweep, row)
  return changes
}

/** Changes, and unsteady ports of which one side showed more outcomes. */
function doubtfulIn({ changed, unlike }: Changes): readonly Change[] {
  const unsteady = { kind: 'unsteady' } as const
  const rows = unlike.ranges.map(
    (range): Change => ({ ...range, ...unsteady, before: unsteady, after: unsteady }),
  )
  return [...changed, ...rows]
}
