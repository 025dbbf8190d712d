/**
 * How a sweep through rules that keep state is measured: ports that few rules match are probed
 * first, some of every class are repeated, and one of each class is probed in reverse order.
 */
import { PortSet, type Range } from '../net/port-set.ts'
import { hasPorts } from '../net/protocol.ts'
import type { RangeMap } from '../net/range-map.ts'
import type { Pair } from '../plan/source-ports.ts'
import type { Sweep } from '../plan/sweep.ts'
import type { Observation } from '../result/outcome.ts'
import type { Losses } from '../result/result.ts'
import { descending, oneOfEach, smallClasses } from './classes.ts'
import { type Repetition, repetitionsIn, withConsistency } from './consistency.ts'

export interface Measurement {
  readonly observed: RangeMap<Observation>
  readonly probes: number
  readonly losses: Losses
}

/** The numbers of one request to a lab, in the order in which they are probed. */
export interface Pass {
  readonly numbers: readonly Range[]
  /** The source and destination port of each probe; `numbers` are then indexes of these. */
  readonly pairs?: { readonly sources: Uint16Array; readonly destinations: Uint16Array }
}

export interface Passes {
  readonly forward: readonly Pass[]
  readonly repeated: readonly Pass[]
  readonly backward: Pass
}

type Measured = Pick<Sweep, 'protocol' | 'packet' | 'numbers' | 'classes' | 'repetitions'>

export function passesOf(sweep: Measured): Passes {
  const few = smallClasses(sweep)
  const rest = sweep.numbers.subtract(few)
  return {
    forward: [few, rest]
      .filter(({ isEmpty }) => !isEmpty)
      .map(({ ranges }) => ({ numbers: ranges })),
    repeated: repeatedIn(sweep),
    backward: { numbers: [rest, few].flatMap((numbers) => descending({ ...sweep, numbers })) },
  }
}

/** The number of representatives that are probed again. */
const MAX_REPRESENTATIVES = 64
/** No ordinary probe has these source ports: ordinary probes use FIRST_EPHEMERAL and above. */
const FIRST_SOURCE = 10_000
const SOURCES = 20_000

function repeatedIn(sweep: Measured): Pass[] {
  const { protocol, packet, repetitions } = sweep
  const numbers = oneOfEach(sweep).slice(0, MAX_REPRESENTATIVES)
  if (numbers.length === 0) return []
  if (hasPorts(protocol) && packet.sourcePort === undefined)
    return [fromOtherPorts(numbers.flatMap((number) => times(repetitions, number)))]
  // What has no ports, or only this one, is swept again as a whole.
  return times(repetitions, { numbers: PortSet.of(...numbers).ranges })
}

const times = <T>(length: number, one: T): T[] => Array.from({ length }, () => one)

/** All repetitions of a port one after the other, each from a source port of its own. */
const fromOtherPorts = (ports: readonly number[]): Pass =>
  passOf(ports.map((port, i) => [FIRST_SOURCE + (i % SOURCES), port]))

/** One probe for each pair. */
export const passOf = (pairs: readonly Pair[]): Pass => ({
  numbers: [{ from: 0, to: pairs.length - 1 }],
  pairs: {
    sources: Uint16Array.from(pairs, ([source]) => source),
    destinations: Uint16Array.from(pairs, ([, destination]) => destination),
  },
})

/** A pass, and its measurement. */
export type Seen = readonly [pass: Pass, measurement: Measurement]

/** All outcomes of a number count, so an unsteady number stays unsteady. */
export function joined(
  { classes }: Pick<Sweep, 'classes'>,
  forward: readonly Measurement[],
  again: readonly Seen[],
): Measurement {
  const observed = forward.flatMap((one) => one.observed).sort((a, b) => a.from - b.from)
  const all = [...forward, ...again.map(([, one]) => one)]
  return {
    observed: withConsistency(observed, again.flatMap(repetitionsSeen), classes),
    probes: all.reduce((sum, { probes }) => sum + probes, 0),
    losses: sumOfLosses(all),
  }
}

function repetitionsSeen([{ pairs }, { observed }]: Seen): readonly Repetition[] {
  const seen = repetitionsIn(observed)
  return pairs ? seen.map(([index, value]) => [pairs.destinations[index]!, value]) : seen
}

/** By the counter's name. */
export function sumOfLosses(measurements: readonly Pick<Measurement, 'losses'>[]): Losses {
  const losses: Record<string, number> = {}
  for (const one of measurements)
    for (const [name, count] of Object.entries(one.losses))
      losses[name] = (losses[name] ?? 0) + count
  return losses
}
