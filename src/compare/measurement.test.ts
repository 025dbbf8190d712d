import { describe, expect, test } from 'vitest'
import { PortSet } from '../net/port-set.ts'
import type { Observation } from '../result/outcome.ts'
import { joined, type Measurement, passesOf, sumOfLosses } from './measurement.ts'

const OPEN: Observation = { outcome: { kind: 'open' }, attempts: [] }
const DROPPED: Observation = { outcome: { kind: 'dropped' }, attempts: [] }
const packet = { source: '10.0.0.1', target: '203.0.113.1' }
const CLASSES = [
  { from: 0, to: 21, value: 0 },
  { from: 22, to: 22, value: 1 },
  { from: 23, to: 99, value: 0 },
]
const SWEEP = {
  ...({ protocol: 'tcp', packet, repetitions: 3 } as const),
  numbers: PortSet.of({ from: 0, to: 99 }),
  classes: CLASSES,
}

describe('the passes of a sweep', () => {
  const { forward, repeated, backward } = passesOf(SWEEP)

  test('begin with ports that few rules match', () => {
    expect(forward.map(({ numbers }) => numbers)).toEqual([
      [{ from: 22, to: 22 }],
      [
        { from: 0, to: 21 },
        { from: 23, to: 99 },
      ],
    ])
  })

  test('repeat one port of each class, each time from another source port', () => {
    const [{ numbers, pairs }] = repeated as [(typeof repeated)[number]]
    expect(repeated).toHaveLength(1)
    expect([...pairs!.destinations]).toEqual([22, 22, 22, 0, 0, 0])
    expect(new Set(pairs!.sources).size).toBe(6)
    expect(numbers).toEqual([{ from: 0, to: 5 }])
  })

  test('end with one port of each class, those that few rules match last', () => {
    expect(backward.numbers.map(({ from }) => from)).toEqual([0, 22])
  })
})

test('what has no source port to choose is repeated as a whole', () => {
  const fixed = { ...SWEEP, packet: { ...packet, sourcePort: 53 } }
  const again = { numbers: PortSet.of(0, 22).ranges }
  expect(passesOf(fixed).repeated).toEqual([again, again, again])
})

const seen = (from: number, to: number, value: Observation, probes = 1): Measurement => ({
  ...{ observed: [{ from, to, value }], probes },
  losses: { 'rx dropped': probes },
})

test('a repetition with another outcome makes the class of its port unsteady', () => {
  const pairs = { sources: Uint16Array.of(1, 2), destinations: Uint16Array.of(22, 22) }
  const again = [{ numbers: [{ from: 0, to: 1 }], pairs }, seen(0, 1, DROPPED, 2)] as const
  const { observed, probes, losses } = joined(SWEEP, [seen(0, 99, OPEN, 100)], [again])
  expect(observed.map(({ from, to, value }) => [from, to, value.outcome.kind])).toEqual([
    [0, 21, 'open'],
    [22, 22, 'unsteady'],
    [23, 99, 'open'],
  ])
  expect({ probes, losses }).toEqual({ probes: 102, losses: { 'rx dropped': 102 } })
})

test('losses are added by the name of their counter', () => {
  const all = [{ losses: { a: 1, b: 2 } }, { losses: { b: 3 } }]
  expect(sumOfLosses(all)).toEqual({ a: 1, b: 5 })
})
