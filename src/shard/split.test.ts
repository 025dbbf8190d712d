import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { OPEN, row, scenario as scenarioResult, table } from '../report/fixtures.ts'
import type { Part } from './parts.ts'
import { split, type Weighed, weigh } from './split.ts'

const weighed = (...weights: readonly (readonly [string, ...number[]])[]): Weighed[] =>
  weights
    .flatMap(([scenario, ...own]) =>
      own.map((weight, i) => ({ scenario, class: i + 1, probes: weight, weight })),
    )
    .map((part, number) => ({ ...part, number }))

const names = (shards: readonly (readonly Weighed[])[]): string[] =>
  shards.map((parts) => parts.map((p) => `${p.scenario}${p.class}`).join(' '))

describe('split', () => {
  test('assigns the heaviest part first, each to the lightest shard', () => {
    expect(names(split(weighed(['a', 50], ['b', 30], ['c', 25], ['d', 5]), 2))).toEqual([
      'a1 d1',
      'b1 c1',
    ])
  })

  test('divides a scenario too large for one shard by its classes', () => {
    expect(names(split(weighed(['a', 40, 40, 40], ['b', 10]), 3))).toEqual(['a1 b1', 'a2', 'a3'])
  })

  test('keeps a small scenario whole', () => {
    const parts = weighed(['a', 1, 1, 1, 1], ['b', 50], ['c', 40], ['d', 40])
    expect(names(split(parts, 2)).filter((shard) => shard.includes('a'))).toHaveLength(1)
  })

  test('allows more shards than parts', () => {
    expect(names(split(weighed(['a', 1]), 3))).toEqual(['a1', '', ''])
  })

  const anyParts = fc
    .array(fc.tuple(fc.nat(20), fc.integer({ min: 0, max: 1000 })), { maxLength: 60 })
    .map((list) =>
      list.map(
        ([scenario, weight], number): Weighed => ({
          scenario: `s${scenario}`,
          class: number,
          probes: weight,
          weight,
          number,
        }),
      ),
    )

  test('assigns every part to exactly one shard, in plan order, deterministically', () => {
    fc.assert(
      fc.property(anyParts, fc.integer({ min: 1, max: 12 }), (parts, count) => {
        const shards = split(parts, count)
        expect(shards).toHaveLength(count)
        const all = shards.flat().map(({ number }) => number)
        expect(all.sort((a, b) => a - b)).toEqual(parts.map(({ number }) => number))
        for (const shard of shards)
          expect(shard).toEqual(shard.toSorted((a, b) => a.number - b.number))
        expect(split(parts, count)).toEqual(shards)
      }),
    )
  })

  test('gives no shard more than the mean plus one part', () => {
    fc.assert(
      fc.property(anyParts, fc.integer({ min: 1, max: 12 }), (parts, count) => {
        const sum = (list: readonly Weighed[]) => list.reduce((n, { weight }) => n + weight, 0)
        const heaviest = Math.max(0, ...parts.map(({ weight }) => weight))
        const mean = sum(parts) / count
        for (const shard of split(parts, count))
          expect(sum(shard)).toBeLessThanOrEqual(mean + Math.max(heaviest, mean / 2) + 1e-6)
      }),
    )
  })
})

describe('weights', () => {
  const parts: readonly Part[] = [
    { scenario: 'a', class: 1, probes: 100 },
    { scenario: 'a', class: 2, probes: 100 },
    { scenario: 'b', probes: 300 },
  ]
  const sweep = (number: number, sweepMs: number) => ({
    ...table([row(1, 2, OPEN, { kind: 'open' }, 'conforms')]),
    coverage: { class: number, members: 1, representative: 'p', role: 'representative' as const },
    timing: { sweepMs },
  })
  const a = {
    ...scenarioResult([sweep(1, 100), sweep(2, 300)]),
    id: 'a',
    timing: { startedAt: '', totalMs: 800 },
  }
  const weights = (list: readonly Weighed[]) => list.map(({ weight }) => weight)

  test('are planned probes without measurements', () => {
    expect(weights(weigh(parts, []))).toEqual([100, 100, 300])
  })

  test('are times, divided among classes by sweeps; a new scenario is estimated by its probes', () => {
    expect(weights(weigh(parts, [a]))).toEqual([200, 600, 1200])
  })

  test('of an undivided scenario are its whole time', () => {
    expect(weights(weigh([{ scenario: 'a', probes: 5 }], [a]))).toEqual([800])
  })
})
