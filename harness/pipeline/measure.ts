/**
 * Sweeps a path through a firewall that may be stateful. If outcomes can depend on earlier packets,
 * ports that few rules match are probed first, some of every class are repeated, and one of each
 * class is probed in reverse order.
 */
import { descending, oneOfEach, smallClasses } from '../../src/compare/classes.ts'
import { type Repetition, repetitionsIn, withConsistency } from '../../src/compare/consistency.ts'
import type { PacketFields } from '../../src/net/packet-fields.ts'
import { PortSet, type Range } from '../../src/net/port-set.ts'
import { hasPorts } from '../../src/net/protocol.ts'
import type { RangeMap } from '../../src/net/range-map.ts'
import type { Sweep } from '../../src/plan/sweep.ts'
import type { Observation } from '../../src/result/outcome.ts'
import type { Losses } from '../../src/result/result.ts'
import { nowAtStake } from '../contract/at-stake.ts'
import type { PathSpec, SweepReport, SweepSpec } from '../contract/lab.ts'
import type { Lab } from '../sandbox/sandbox.ts'
import type { Session } from './session.ts'

export interface Measurement {
  readonly observed: RangeMap<Observation>
  readonly probes: number
  readonly losses: Losses
}

/** The number of representatives that are probed again. */
const MAX_REPRESENTATIVES = 64
/** No ordinary probe has these source ports: ordinary probes use FIRST_EPHEMERAL and above. */
const FIRST_SOURCE = 10_000
const SOURCES = 20_000

type Path = Pick<Sweep, 'from' | 'to' | 'protocol' | 'packet' | 'id' | 'inFlow'>

type Asked = PathSpec & Pick<SweepSpec, keyof PacketFields | 'inFlow'>

/** In the form of a lab request. */
export const specOf = ({ from, to, protocol, packet, id, inFlow }: Path): Asked => ({
  ...{ from, to, protocol },
  ...packet,
  ...(id === undefined ? {} : { sweepIndex: id }),
  ...(inFlow && { inFlow }),
})

/** The measurement of a sweep. */
type Measured = Path & Pick<Sweep, 'numbers' | 'classes' | 'repetitions' | 'answer'>

export async function measure(
  { lab, reload }: Pick<Session, 'lab' | 'reload'>,
  spec: Measured,
): Promise<Measurement> {
  nowAtStake()
  if (spec.repetitions === 0) return sweep(lab, spec, spec.numbers.ranges)
  // What a firewall remembers of one sweep must not matter in the next one.
  await reload()
  const few = smallClasses(spec)
  const rest = spec.numbers.subtract(few)
  const measurements: Measurement[] = []
  for (const { ranges } of [few, rest].filter(({ isEmpty }) => !isEmpty))
    measurements.push(await sweep(lab, spec, ranges))
  const { reports, repetitions } = await repeat(lab, spec)
  await reload()
  const backwards = await sweep(
    lab,
    spec,
    [rest, few].flatMap((numbers) => descending({ ...spec, numbers })),
  )
  const observed = measurements.flatMap((one) => one.observed).sort((a, b) => a.from - b.from)
  return {
    observed: withConsistency(
      observed,
      [...repetitions, ...repetitionsIn(backwards.observed)],
      spec.classes,
    ),
    ...together([...measurements, ...reports, backwards]),
  }
}

async function sweep(lab: Lab, spec: Measured, numbers: readonly Range[]): Promise<Measurement> {
  return lab.sweep({ ...specOf(spec), numbers, answer: spec.answer })
}

interface Repeated {
  readonly reports: readonly SweepReport[]
  readonly repetitions: readonly Repetition[]
}

async function repeat(lab: Lab, spec: Measured): Promise<Repeated> {
  const numbers = oneOfEach(spec).slice(0, MAX_REPRESENTATIVES)
  const { protocol, packet } = spec
  const ported = hasPorts(protocol) && packet.sourcePort === undefined
  return ported ? repeatPorts(lab, spec, numbers) : repeatSweeps(lab, spec, numbers)
}

/** All repetitions of a port one after the other, each from a source port of its own. */
async function repeatPorts(
  lab: Lab,
  spec: Measured,
  numbers: readonly number[],
): Promise<Repeated> {
  const { repetitions, answer } = spec
  const ports = numbers.flatMap((number) => Array.from({ length: repetitions }, () => number))
  if (ports.length === 0) return { reports: [], repetitions: [] }
  const pairs = {
    sources: Uint16Array.from(ports, (_, i) => FIRST_SOURCE + (i % SOURCES)),
    destinations: Uint16Array.from(ports),
  }
  const all = [{ from: 0, to: ports.length - 1 }]
  const report = await lab.sweep({ ...specOf(spec), numbers: all, pairs, answer })
  const seen = report.observed.flatMap(({ from, to, value }) =>
    ports.slice(from, to + 1).map((port): Repetition => [port, value]),
  )
  return { reports: [report], repetitions: seen }
}

/** What has no ports, or only this one, is swept again as a whole. */
async function repeatSweeps(
  lab: Lab,
  spec: Measured,
  numbers: readonly number[],
): Promise<Repeated> {
  const { repetitions, answer } = spec
  const reports: SweepReport[] = []
  for (let i = 0; i < repetitions && numbers.length > 0; i++) {
    const { ranges } = PortSet.of(...numbers)
    reports.push(await lab.sweep({ ...specOf(spec), numbers: ranges, answer }))
  }
  const seen = reports.flatMap(({ observed }) => repetitionsIn(observed))
  return { reports, repetitions: seen }
}

const together = (measurements: readonly (Measurement | SweepReport)[]) => ({
  probes: measurements.reduce((sum, { probes }) => sum + probes, 0),
  losses: sumOfLosses(measurements),
})

/** Of all that was measured, by the counter's name. */
export function sumOfLosses(measurements: readonly Pick<Measurement, 'losses'>[]): Losses {
  const losses: Record<string, number> = {}
  for (const one of measurements)
    for (const [name, count] of Object.entries(one.losses))
      losses[name] = (losses[name] ?? 0) + count
  return losses
}
