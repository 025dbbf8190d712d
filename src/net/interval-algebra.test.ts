import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { IntervalAlgebra, next } from './interval-algebra.ts'
import { has, type Interval, indexIn, intersect, normalise, subtract } from './interval-set.ts'
import { PortSet, type Range } from './port-set.ts'

const LAST = 60
const range = fc
  .tuple(fc.integer({ min: 0, max: LAST }), fc.integer({ min: 0, max: 9 }))
  .map(([from, more]): Range => ({ from, to: Math.min(from + more, LAST) }))
/** One of few and one of many: both ways of going through two lists. */
const ranges = fc.oneof(
  fc.array(range, { maxLength: 3 }),
  fc.array(range, { minLength: 8, maxLength: 24 }),
)

/** The naive model: each number by itself. */
const members = (all: readonly Range[]): Set<number> =>
  new Set(all.flatMap(({ from, to }) => Array.from({ length: to - from + 1 }, (_, i) => from + i)))

const both = (a: ReadonlySet<number>, b: ReadonlySet<number>): Set<number> =>
  new Set([...a].filter((n) => b.has(n)))
const only = (a: ReadonlySet<number>, b: ReadonlySet<number>): Set<number> =>
  new Set([...a].filter((n) => !b.has(n)))

const FORMS = [
  {
    name: 'pairs of numbers',
    made: (all: readonly Range[]): readonly Interval[] =>
      normalise(all.map(({ from, to }): Interval => [from, to])),
  },
  {
    name: 'pairs of bigints',
    made: (all: readonly Range[]): readonly Interval[] =>
      normalise(all.map(({ from, to }): Interval => [BigInt(from), BigInt(to)])),
  },
] as const

const listed = (all: readonly Interval[]): Set<number> =>
  members(all.map(([from, to]) => ({ from: Number(from), to: Number(to) })))

function expectNormal(all: readonly Interval[]): void {
  for (const [i, [from, to]] of all.entries()) {
    expect(from <= to).toBe(true)
    if (i > 0) expect(from > next(all[i - 1]![1])).toBe(true)
  }
}

describe.each(FORMS)('of $name', ({ made }) => {
  test('normal form, intersection and difference match the sets of members', () => {
    fc.assert(
      fc.property(ranges, ranges, (left, right) => {
        const [a, b] = [made(left), made(right)]
        const [x, y] = [members(left), members(right)]
        expectNormal(a)
        expect(listed(a)).toEqual(x)
        const common = intersect(a, b)
        expect(listed(common)).toEqual(both(x, y))
        expectNormal(common)
        const rest = subtract(a, b)
        expectNormal(rest)
        expect(listed(rest)).toEqual(only(x, y))
      }),
      { numRuns: 300 },
    )
  })

  test('the index of a number is that of its interval', () => {
    fc.assert(
      fc.property(ranges, fc.integer({ min: 0, max: LAST }), (all, n) => {
        const intervals = made(all)
        const isBig = typeof intervals[0]?.[0] === 'bigint'
        const bound = isBig ? BigInt(n) : n
        expect(has(intervals, bound)).toBe(members(all).has(n))
        expect(indexIn(intervals, bound)).toBe(
          intervals.findIndex(([from, to]) => from <= bound && bound <= to),
        )
      }),
      { numRuns: 300 },
    )
  })
})

test('PortSet uses the same algebra', () => {
  fc.assert(
    fc.property(ranges, ranges, (left, right) => {
      const [a, b] = [PortSet.from(left), PortSet.from(right)]
      const [x, y] = [members(left), members(right)]
      expect(members(a.union(b).ranges)).toEqual(new Set([...x, ...y]))
      expect(members(a.intersect(b).ranges)).toEqual(both(x, y))
      expect(members(a.subtract(b).ranges)).toEqual(only(x, y))
      expect(a.has(7)).toBe(x.has(7))
    }),
    { numRuns: 300 },
  )
})

test('the first interval ending at or after a number is found from any earlier start', () => {
  const pairs = new IntervalAlgebra<Interval>({
    from: ([from]) => from,
    to: ([, to]) => to,
    make: (from, to) => [from, to],
  })
  const all = Array.from({ length: 40 }, (_, i): Interval => [i * 3, i * 3 + 1])
  for (let n = 0; n <= 121; n++) {
    const naive = all.findIndex(([, to]) => to >= n)
    const expected = naive < 0 ? all.length : naive
    for (let start = 0; start <= expected; start++)
      expect(pairs.firstEndingFrom(all, n, start)).toBe(expected)
  }
})
