/** Divides parts among shards of about equal duration, with the same result on each machine. */
import type { ScenarioResult } from '../result/result.ts'
import type { Part } from './parts.ts'

/** A part with its position in the plan and its weight in milliseconds or probes. */
export interface Weighed extends Part {
  /** Counts from 0. */
  readonly number: number
  readonly weight: number
}

/**
 * Weights from the times of an earlier result if it has the part, else in proportion to the planned
 * probes.
 */
export function weigh(parts: readonly Part[], times: readonly ScenarioResult[]): Weighed[] {
  const whole = new Set(singles(parts))
  const known = timesOf(times, whole)
  const timed = parts.flatMap((part) => {
    const ms = known.get(partKey(part))
    return ms === undefined ? [] : [{ ms, probes: part.probes }]
  })
  const sum = (key: 'ms' | 'probes'): number => timed.reduce((n, one) => n + one[key], 0)
  const msPerProbe = sum('ms') > 0 ? sum('ms') / sum('probes') : 1
  return parts.map((part, number) => ({
    ...part,
    number,
    weight: known.get(partKey(part)) ?? part.probes * msPerProbe,
  }))
}

const partKey = ({ scenario, class: number = 0 }: Pick<Part, 'scenario' | 'class'>): string =>
  `${number} ${scenario}`

/** Scenarios that are one part, whatever their classes. */
function singles(parts: readonly Part[]): string[] {
  const byScenario = Map.groupBy(parts, ({ scenario }) => scenario)
  return [...byScenario].flatMap(([id, own]) =>
    own.length === 1 && own[0]!.class === undefined ? [id] : [],
  )
}

/** The time of a scenario, divided among its classes in proportion to the sweeps' times. */
function timesOf(
  scenarios: readonly ScenarioResult[],
  whole: ReadonlySet<string>,
): Map<string, number> {
  const times = new Map<string, number>()
  for (const { id, tables, timing } of scenarios) {
    if (whole.has(id)) {
      times.set(partKey({ scenario: id }), timing.totalMs)
      continue
    }
    const swept = tables.reduce((n, table) => n + table.timing.sweepMs, 0)
    for (const [number, own] of Map.groupBy(tables, ({ coverage }) => coverage?.class ?? 0)) {
      const ms = own.reduce((n, table) => n + table.timing.sweepMs, 0)
      if (swept > 0)
        times.set(partKey({ scenario: id, class: number }), (ms / swept) * timing.totalMs)
    }
  }
  return times
}

/**
 * The parts of each of `count` shards, in the order of the plan. The heaviest part first goes to
 * the shard with the least work. A scenario that is small compared with a shard stays whole,
 * because each machine that measures a part of it builds its labs.
 */
export function split(parts: readonly Weighed[], count: number): Weighed[][] {
  const total = parts.reduce((sum, { weight }) => sum + weight, 0)
  const shards = Array.from({ length: count }, () => ({ weight: 0, parts: [] as Weighed[] }))
  const lumps = [...Map.groupBy(parts, ({ scenario }) => scenario).values()].flatMap((own) =>
    weightOf(own) * count * 2 <= total ? [own] : own.map((part) => [part]),
  )
  const order = lumps.toSorted((a, b) => weightOf(b) - weightOf(a) || a[0]!.number - b[0]!.number)
  for (const lump of order) {
    const least = shards.reduce((best, one) => (one.weight < best.weight ? one : best))
    least.weight += weightOf(lump)
    least.parts.push(...lump)
  }
  return shards.map((shard) => shard.parts.sort((a, b) => a.number - b.number))
}

function weightOf(parts: readonly Weighed[]): number {
  return parts.reduce((sum, { weight }) => sum + weight, 0)
}
