/**
 * If rules are stateful or random, each differing port is probed once more alone, until its limits
 * trigger. Another packet may have caused the difference, or a limit may not have triggered yet.
 */
import { PortSet } from '../net/port-set.ts'
import type { RangeMap } from '../net/range-map.ts'
import type { DiffSweep } from '../plan/diff.ts'
import type { Change } from '../result/diff.ts'
import type { Observation } from '../result/outcome.ts'
import { type Changes, changesOf } from './change.ts'
import { classed, single } from './classes.ts'
import { repetitionsIn, withConsistency } from './consistency.ts'
import { extrapolate } from './extrapolate.ts'
import { type Measurement, sumOfLosses } from './measurement.ts'
import type { Traced } from './traced.ts'

type Observed = RangeMap<Observation>

/** The observations of a sweep through two firewalls. */
export interface Compared {
  readonly was: Observed
  readonly is: Observed
  readonly changes: Changes
}

export function compared(sweep: DiffSweep, before: Observed, after: Observed): Compared {
  const whole = (observed: Observed): Observed =>
    sweep.detail === 'boundaries' ? extrapolate(observed, sweep.classes) : observed
  const [was, is] = [whole(before), whole(after)]
  return { was, is, changes: changesOf(sweep.numbers, was, is, sweep) }
}

/**
 * The number of probes for a port whose rules are random, or use a key that depends on the source
 * port.
 */
const BY_CHANCE = 16

/** The sweep of the differing ports alone; undefined if there is no reason for it. */
export function sweepAlone(
  sweep: DiffSweep,
  { changes }: Compared,
  traced: Traced,
): DiffSweep | undefined {
  const { repetitions, scatters, thoroughRepeats, classes } = sweep
  if (repetitions === 0 && !scatters) return undefined
  const doubtful = doubtfulIn(changes).filter((row) => !traced.isSure(sweep, row))
  if (doubtful.length === 0) return undefined
  const members = doubtful.flatMap((row) =>
    classed(PortSet.of(row), classes).map((one) => [`${row.from} ${one.id}`, one.from] as const),
  )
  const numbers = PortSet.of(...new Map(members).values())
  return {
    ...sweep,
    ...{ numbers, classes: single(numbers) },
    repetitions: Math.max(thoroughRepeats, scatters ? BY_CHANCE : 0),
  }
}

/** All observations count, so an unsteady port stays unsteady. */
export function withAlone(
  sweep: DiffSweep,
  { was, is }: Compared,
  [before, after]: readonly [Observed, Observed],
  traced: Traced,
): Changes {
  const all = (observed: Observed, alone: Observed): Observed =>
    withConsistency(observed, repetitionsIn(alone), sweep.classes)
  const changes = changesOf(sweep.numbers, all(was, before), all(is, after), sweep)
  for (const row of doubtfulIn(changes)) traced.keepSure(sweep, row)
  return changes
}

type Counted = Pick<Measurement, 'probes' | 'losses'>

/** Through each firewall: the probes of all its sweeps, and what was lost in any of them. */
export const countedTogether = (
  before: readonly Counted[],
  after: readonly Counted[],
): Counted => ({
  probes: Math.max(
    ...[before, after].map((own) => own.reduce((sum, { probes }) => sum + probes, 0)),
  ),
  losses: sumOfLosses([...before, ...after]),
})

/** Changes, and unsteady ports of which one side showed more outcomes. */
function doubtfulIn({ changed, unlike }: Changes): readonly Change[] {
  const unsteady = { kind: 'unsteady' } as const
  const rows = unlike.ranges.map(
    (range): Change => ({ ...range, ...unsteady, before: unsteady, after: unsteady }),
  )
  return [...changed, ...rows]
}
