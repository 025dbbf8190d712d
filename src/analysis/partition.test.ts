import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { has, type Interval, intersect, normalise, subtract } from '../net/interval-set.ts'
import { classOf, partition } from './partition.ts'

const LAST = 60
const set = fc
  .array(fc.tuple(fc.nat(LAST), fc.nat(LAST)), { maxLength: 6 })
  .map((pairs) =>
    normalise(pairs.map(([a, b]): Interval<number> => [Math.min(a, b), Math.max(a, b)])),
  )
const numbers = Array.from({ length: LAST + 1 }, (_, n) => n)

test('intervals behave as the sets that they are', () => {
  fc.assert(
    fc.property(set, set, (a, b) => {
      for (const n of numbers) {
        expect(has(intersect(a, b), n)).toBe(has(a, n) && has(b, n))
        expect(has(subtract(a, b), n)).toBe(has(a, n) && !has(b, n))
        expect(has(normalise([...a, ...b]), n)).toBe(has(a, n) || has(b, n))
      }
    }),
  )
})

test('two values are in one class exactly when every comparison gives the same answer', () => {
  fc.assert(
    fc.property(set, fc.array(set, { maxLength: 5 }), (domain, questions) => {
      const classes = partition(domain, questions)
      const answers = (n: number): string => questions.map((question) => has(question, n)).join()
      const ids = new Map<string, number>()
      for (const n of numbers) {
        const own = classOf(classes, n)
        expect(own !== undefined).toBe(has(domain, n))
        if (!own) continue
        if (!ids.has(answers(n))) ids.set(answers(n), own.id)
        expect(ids.get(answers(n))).toBe(own.id)
      }
      expect(new Set(ids.values()).size).toBe(ids.size)
      expect(classes.map(({ id }) => id)).toEqual(classes.map((_, i) => i))
    }),
  )
})

describe('classes', () => {
  test('without comparisons there is one class; without a domain none', () => {
    expect(partition([[0, 9]], [])).toEqual([{ id: 0, intervals: [[0, 9]] }])
    expect(partition([], [[[1, 2]]])).toEqual([])
  })

  test('classes are numbered by first appearance and keep their gaps', () => {
    const classes = partition(
      [[0, 65535]],
      [
        [
          [22, 22],
          [65535, 65535],
        ],
        [[80, 90]],
      ],
    )
    expect(classes).toEqual([
      {
        id: 0,
        intervals: [
          [0, 21],
          [23, 79],
          [91, 65534],
        ],
      },
      {
        id: 1,
        intervals: [
          [22, 22],
          [65535, 65535],
        ],
      },
      { id: 2, intervals: [[80, 90]] },
    ])
  })

  test('addresses of both ends', () => {
    const last = 2n ** 128n - 1n
    expect(partition([[0n, last]], [[[0n, 0n]], [[last, last]]])).toHaveLength(3)
  })

  test('a set of 40,000 elements is one comparison', () => {
    const elements = Array.from(
      { length: 40_000 },
      (_, i): Interval<bigint> => [BigInt(i) * 512n, BigInt(i) * 512n + 7n],
    )
    const others = Array.from({ length: 50 }, (_, i): Interval<bigint>[] => [
      [BigInt(i) << 16n, (BigInt(i) << 16n) + 65535n],
    ])
    expect(partition([[0n, 2n ** 32n - 1n]], [elements])).toHaveLength(2)
    expect(partition([[0n, 2n ** 32n - 1n]], [elements, ...others]).length).toBe(102)
  })
})
