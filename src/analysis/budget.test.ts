import { describe, expect, test } from 'vitest'
import { type Plan, withinBudget } from './budget.ts'
import type { Combination, Combinations } from './combinations.ts'
import type { VariedField } from './field-values.ts'

const one = (label: string, rank: number, fields: readonly VariedField[] = []): Combination => ({
  packet: { source: '10.0.0.2', target: '10.0.1.2' },
  label,
  level: 'ordinary',
  tier: 'plausible',
  fields,
  rank,
})

function planOf(list: readonly Combination[], all = 100, boundaries = 10): Plan {
  const counts = new Map<string, bigint>()
  for (const { fields } of list) {
    const name = fields.join(', ') || 'ordinary'
    counts.set(name, (counts.get(name) ?? 0n) + 1n)
  }
  const combinations: Combinations = {
    total: BigInt(list.length),
    counts,
    omitted: [],
    [Symbol.iterator]: () => list[Symbol.iterator](),
  }
  return { combinations, all, boundaries }
}

const SOURCES = planOf([
  one('a', 0),
  one('b', 3, ['source']),
  one('c', 3, ['source']),
  one('d', 4, ['source']),
])
const PORTS = planOf([one('x', 0), one('y', 3, ['sourcePort'])])
const shown = (plans: readonly Plan[], budget: number): string[] =>
  withinBudget(plans, budget).kept.map((list) =>
    list
      .map(({ combination, detail }) => `${combination.label}${detail === 'all' ? '+' : ''}`)
      .join(' '),
  )

describe('within a budget', () => {
  test.each<[number, string[]]>([
    [10_000, ['a+ b+ c+ d+', 'x+ y+']],
    [330, ['a+ b+ c d', 'x+ y']],
    [110, ['a b c', 'x y']],
    [40, ['a', 'x']],
    [15, ['a', '']],
    [5, ['', '']],
    [0, ['', '']],
  ])('of %d probes, the most likely combinations are probed', (budget, wanted) => {
    expect(shown([SOURCES, PORTS], budget)).toEqual(wanted)
    expect(withinBudget([SOURCES, PORTS], budget).probes).toBeLessThanOrEqual(budget)
  })

  test('a further address of a class is probed at the edges, when every rule was understood', () => {
    const edge: Combination = { ...one('e', 5, ['target']), tier: 'edge' }
    const plan = planOf([one('a', 0), one('b', 3, ['target']), edge, one('c', 6, ['source'])])
    expect(shown([{ ...plan, isUnderstood: true }], 10_000)).toEqual(['a+ b+ e c+'])
    expect(withinBudget([{ ...plan, isUnderstood: true }], 10_000).probes).toBe(310)
    expect(shown([{ ...plan, isUnderstood: false }], 10_000)).toEqual(['a+ b+ e+ c+'])
    expect(shown([plan], 10_000)).toEqual(['a+ b+ e+ c+'])
  })

  test('combinations left out are counted by their fields', () => {
    const { left } = withinBudget([SOURCES, PORTS], 40)
    expect(left.map((counts) => [...counts])).toEqual([[['source', 3n]], [['sourcePort', 1n]]])
    expect(withinBudget([SOURCES], 10_000).left[0]!.size).toBe(0)
  })

  test('an endless plan is not enumerated', () => {
    const endless: Combinations = {
      total: 10n ** 30n,
      counts: new Map([['source', 10n ** 30n]]),
      omitted: [],
      *[Symbol.iterator]() {
        for (let i = 0; ; i++) yield one(`${i}`, 3, ['source'])
      },
    }
    const { kept, left } = withinBudget(
      [{ combinations: endless, all: 65536, boundaries: 20 }],
      100_000,
    )
    expect(kept[0]!.length).toBe(2500)
    expect(left[0]!.get('source')).toBe(10n ** 30n - 2500n)
  })

  test('without plans, nothing is kept', () => {
    expect(withinBudget([], 100)).toEqual({ kept: [], probes: 0, left: [] })
  })
})
