import fc from 'fast-check'
import { expect, test } from 'vitest'
import { compress, join, type Span, valueAt } from './range-map.ts'

/** Random sorted, disjoint spans over 0–199, with holes. */
const spans = fc
  .array(
    fc.tuple(
      fc.integer({ min: 0, max: 5 }),
      fc.integer({ min: 1, max: 20 }),
      fc.constantFrom('x', 'y'),
    ),
  )
  .map((pieces) => {
    let next = 0
    return pieces.map(([gap, size, value]): Span<string> => {
      const from = next + gap
      next = from + size
      return { from, to: next - 1, value }
    })
  })

test('the value at a number is that of its range', () => {
  const table = [
    { from: 1, to: 3, value: 'a' },
    { from: 5, to: 5, value: 'b' },
  ]
  expect([0, 1, 3, 4, 5, 6].map((n) => valueAt(table, n))).toEqual([
    undefined,
    'a',
    'a',
    undefined,
    'b',
    undefined,
  ])
})

test('a join splits at every edge of either side', () => {
  const a = [
    { from: 0, to: 4, value: 'x' },
    { from: 5, to: 9, value: 'y' },
  ]
  const b = [
    { from: 2, to: 6, value: 1 },
    { from: 7, to: 7, value: 2 },
  ]
  expect(join(a, b)).toEqual([
    { from: 2, to: 4, value: ['x', 1] },
    { from: 5, to: 6, value: ['y', 1] },
    { from: 7, to: 7, value: ['y', 2] },
  ])
})

test('a join has both values for each number, and exactly the common numbers', () => {
  fc.assert(
    fc.property(spans, spans, (a, b) => {
      const joined = join(a, b)
      for (let n = 0; n < 200; n++) {
        const both = valueAt(joined, n)
        const [x, y] = [valueAt(a, n), valueAt(b, n)]
        expect(both).toEqual(x === undefined || y === undefined ? undefined : [x, y])
      }
    }),
  )
})

test('compressing merges equal neighbours only', () => {
  fc.assert(
    fc.property(spans, (table) => {
      const merged = compress(table, (v) => v)
      for (let n = 0; n < 200; n++) expect(valueAt(merged, n)).toBe(valueAt(table, n))
      merged.forEach((span, i) => {
        const before = merged[i - 1]
        if (before?.to === span.from - 1) expect(before.value).not.toBe(span.value)
      })
    }),
  )
})
