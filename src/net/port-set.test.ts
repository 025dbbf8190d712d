import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PortSet, PortsError, type Range } from './port-set.ts'

const range = fc
  .tuple(fc.integer({ min: 0, max: 65535 }), fc.integer({ min: 0, max: 65535 }))
  .map(([a, b]): Range => ({ from: Math.min(a, b), to: Math.max(a, b) }))
const portSet = fc.array(range, { maxLength: 8 }).map((ranges) => PortSet.of(...ranges))
const port = fc.integer({ min: 0, max: 65535 })

describe('reading', () => {
  test.each([
    ['22', '22'],
    ['1-1024', '1-1024'],
    ['1–1024', '1-1024'],
    ['80, 22', '22,80'],
    ['1-10,5-20', '1-20'],
    ['1-10,11-20', '1-20'],
    ['0', '0'],
    ['65535', '65535'],
  ])('%s is read as %s', (text, read) => {
    expect(PortSet.parse(text).toString()).toBe(read)
  })

  test.each([
    ['70000', /70000 is above 65535/],
    ['-1', /-1 is below 0/],
    ['80-22', /ends \(22\) before it starts \(80\)/],
    ['http', /not a port/],
    ['1.5', /not a whole number/],
    ['', /not a port/],
    ['1-2-3', /not a port/],
    ['1-70000', /70000 is above 65535/],
    ['22,,80', /not a port/],
  ])('%s is refused', (text, why) => {
    expect(() => PortSet.parse(text)).toThrow(PortsError)
    expect(() => PortSet.parse(text)).toThrow(why)
  })

  test('numbers outside 0–65535 are refused', () => {
    expect(() => PortSet.of(65536)).toThrow(/above 65535/)
    expect(() => PortSet.of({ from: -5, to: 3 })).toThrow(/below 0/)
    expect(() => PortSet.of({ from: 9, to: 3 })).toThrow(/before it starts/)
  })
})

describe('algebra', () => {
  test('printed sets read back the same', () => {
    fc.assert(
      fc.property(portSet, (set) => {
        fc.pre(!set.isEmpty)
        expect(PortSet.parse(set.toString()).equals(set)).toBe(true)
      }),
    )
  })

  test('union, intersection, difference and complement are right for every port', () => {
    fc.assert(
      fc.property(portSet, portSet, port, (a, b, p) => {
        expect(a.union(b).has(p)).toBe(a.has(p) || b.has(p))
        expect(a.intersect(b).has(p)).toBe(a.has(p) && b.has(p))
        expect(a.subtract(b).has(p)).toBe(a.has(p) && !b.has(p))
        expect(a.complement().has(p)).toBe(!a.has(p))
      }),
    )
  })

  test('and at every edge', () => {
    fc.assert(
      fc.property(portSet, portSet, (a, b) => {
        const edges = [...a.ranges, ...b.ranges].flatMap(({ from, to }) =>
          [from - 1, from, to, to + 1].filter((p) => p >= 0 && p <= 65535),
        )
        const difference = a.subtract(b)
        for (const p of edges) expect(difference.has(p)).toBe(a.has(p) && !b.has(p))
      }),
    )
  })

  test('ranges stay sorted, disjoint and not adjacent', () => {
    fc.assert(
      fc.property(portSet, portSet, (a, b) => {
        for (const set of [a, a.union(b), a.subtract(b), a.complement()])
          set.ranges.forEach(({ from, to }, i) => {
            expect(from).toBeLessThanOrEqual(to)
            if (i > 0) expect(from).toBeGreaterThan(set.ranges[i - 1]!.to + 1)
          })
      }),
    )
  })

  test('sizes add up', () => {
    fc.assert(
      fc.property(portSet, (set) => {
        expect(set.size + set.complement().size).toBe(65536)
        expect([...set].length).toBe(set.size)
      }),
      { numRuns: 20 },
    )
  })

  test('65535 survives a subtraction below it', () => {
    expect(PortSet.all.subtract(PortSet.parse('0-65534')).toString()).toBe('65535')
  })
})
