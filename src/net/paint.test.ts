import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { paint } from './paint.ts'
import { PortSet } from './port-set.ts'

const layer = (text: string, value: string) => ({ numbers: PortSet.parse(text), value })

describe('paint', () => {
  test('the first layer that has a number gives it its value', () => {
    expect(paint(99, [layer('10-19,40-49', 'a'), layer('15-44', 'b')])).toEqual([
      { from: 10, to: 19, value: 'a' },
      { from: 20, to: 39, value: 'b' },
      { from: 40, to: 49, value: 'a' },
    ])
  })

  test('what lies beyond the last number is left out, and nothing gives nothing', () => {
    expect(paint(12, [layer('10-19', 'a')])).toEqual([{ from: 10, to: 12, value: 'a' }])
    expect(paint(12, [])).toEqual([])
  })

  const range = fc.tuple(fc.nat(60), fc.nat(12)).map(([from, more]) => ({ from, to: from + more }))
  const layers = fc.array(fc.array(range, { maxLength: 4 }), { maxLength: 8 })
  test('each number has the value of the first layer that has it; neighbours of one layer are one span', () => {
    fc.assert(
      fc.property(layers, (all) => {
        const given = all.map((ranges, value) => ({ numbers: PortSet.of(...ranges), value }))
        const spans = paint(63, given)
        for (let n = 0; n <= 63; n++) {
          const first = given.find(({ numbers }) => numbers.has(n))?.value
          expect(
            spans.filter(({ from, to }) => from <= n && n <= to).map(({ value }) => value),
          ).toEqual(first === undefined ? [] : [first])
        }
        for (const [i, { from, value }] of spans.entries()) {
          const before = spans[i - 1]
          expect(before !== undefined && before.to + 1 === from && before.value === value).toBe(
            false,
          )
        }
      }),
    )
  })

  test('reads each layer twice, however many there are', () => {
    let reads = 0
    const counted = Array.from({ length: 500 }, (_, i) => ({
      get numbers() {
        reads++
        return PortSet.of({ from: (i * 37) % 900, to: ((i * 37) % 900) + 50 })
      },
      value: i,
    }))
    paint(1000, counted)
    expect(reads).toBe(2 * counted.length)
  })
})
