/** Divides parts among shards, so that all take about as long; the same way wherever it is computed. */
import type { ScenarioResult } from '../result/result.ts'
import type { Part } from './parts.ts'

/** A part with its place in the plan and what it weighs: milliseconds, or probes. */
export interface Weighed extends Part {
  /** Counts from 0. */
  readonly number: number
  readonly weight: number
}

/**
 * By the times of an earlier result where it has the part, and in proportion to
 * the planned probes where it has not.
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

/** Scenarios that are one part, whatever classes they have. */
function singles(parts: readonly Part[]): string[] {
  const byScenario = Map.groupBy(parts, ({ scenario }) => scenario)
  return [...byScenario].flatMap(([id, own]) =>
    own.length === 1 && own[0]!.class === undefined ? [id] : [],
  )
}

/** A scenario's time, divided among its classes as the sweeps' times are. */
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
 * Parts of each of `count` shards, in the order of the plan. The heaviest first,
 * each to whom has least by then; a scenario that is small beside a shard stays
 * whole, because every machine that does some of it builds its labs.
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
