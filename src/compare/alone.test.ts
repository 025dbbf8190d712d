import { expect, test } from 'vitest'
import { compared, countedTogether, sweepAlone, withAlone } from './alone.ts'
import { DROPPED, diffSweep, OPEN, observedBut, port, unsteady } from './fixtures.ts'
import { Traced } from './traced.ts'

const SWEEP = diffSweep()
const ALL = [{ from: 0, to: 99, value: DROPPED }]
const OPENED = observedBut(DROPPED, port(22, OPEN))
const EITHER = unsteady({ kind: 'open' }, { kind: 'dropped' })

test('a differing port is probed alone, as often as a limit needs', () => {
  const alone = sweepAlone(SWEEP, compared(SWEEP, ALL, OPENED), new Traced())!
  expect(`${alone.numbers}`).toBe('22')
  expect(alone).toMatchObject({ classes: [{ from: 22, to: 22, value: 22 }], repetitions: 8 })
})

test('of a differing range, one port of each class is probed alone', () => {
  const wide = [{ from: 0, to: 99, value: OPEN }]
  const alone = sweepAlone(SWEEP, compared(SWEEP, ALL, wide), new Traced())!
  expect(alone.numbers.size).toBe(2)
  expect(alone.numbers.has(22)).toBe(true)
})

test('without a difference, without state, or after the same difference, nothing is probed alone', () => {
  const traced = new Traced()
  expect(sweepAlone(SWEEP, compared(SWEEP, ALL, ALL), traced)).toBeUndefined()
  const stateless = diffSweep({ repetitions: 0 })
  expect(sweepAlone(stateless, compared(stateless, ALL, OPENED), traced)).toBeUndefined()
  const seen = compared(SWEEP, ALL, OPENED)
  withAlone(SWEEP, seen, [[port(22, DROPPED)], [port(22, OPEN)]], traced)
  expect(sweepAlone(SWEEP, seen, traced)).toBeUndefined()
})

test('rules that choose by chance are probed at least 16 times', () => {
  const byChance = diffSweep({ scatters: true, repetitions: 0, thoroughRepeats: 0 })
  const seen = compared(byChance, ALL, OPENED)
  expect(sweepAlone(byChance, seen, new Traced())?.repetitions).toBe(16)
})

test('a port on which only one side showed more outcomes is in doubt too', () => {
  const many = unsteady({ kind: 'open' }, { kind: 'dropped' }, { kind: 'one-way' })
  const [before, after] = [EITHER, many].map((value) => observedBut(DROPPED, port(22, value)))
  const seen = compared(SWEEP, before!, after!)
  expect(seen.changes.changed).toEqual([])
  expect(`${sweepAlone(SWEEP, seen, new Traced())?.numbers}`).toBe('22')
})

test('a port that is unsteady alone on both sides is no change', () => {
  const seen = compared(SWEEP, ALL, OPENED)
  const both = [port(22, EITHER)]
  const changes = withAlone(SWEEP, seen, [both, both], new Traced())
  expect(changes.changed).toEqual([])
  expect(`${changes.unsteady}`).toBe('22')
})

test('probes at the boundaries count for the whole class', () => {
  const edges = diffSweep({ detail: 'boundaries' })
  const probed = [0, 21, 22, 23, 99].map((number) => port(number, DROPPED))
  const { changes } = compared(edges, probed, probed)
  expect(`${changes.same}`).toBe('0-99')
})

test('probes and losses of ports that were probed alone count', () => {
  const counted = (probes: number, lost: number) => ({ probes, losses: { 'rx dropped': lost } })
  const [before, after] = [
    [counted(100, 0), counted(8, 2)],
    [counted(90, 1), counted(8, 0)],
  ]
  expect(countedTogether(before!, after!)).toEqual(counted(108, 3))
})
