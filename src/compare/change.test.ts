import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PortSet } from '../net/port-set.ts'
import type { ChangeKind } from '../result/diff.ts'
import type { Observation, Outcome } from '../result/outcome.ts'
import { changesOf } from './change.ts'

const seen = (outcome: Outcome): Observation => ({ outcome, attempts: [] })
const OPEN: Outcome = { kind: 'open' }
const DROPPED: Outcome = { kind: 'dropped' }
const ONE_WAY: Outcome = { kind: 'one-way' }
const RESET: Outcome = { kind: 'rejected', by: { kind: 'reset', from: '192.0.2.1' } }
const UNSTEADY: Outcome = { kind: 'unsteady' }
const LOST: Outcome = { kind: 'inconclusive', reason: 'frames were lost' }
const to = (change: string, way: 'open' | 'one-way' = 'open'): Outcome => ({
  kind: 'translated',
  change,
  way,
})

describe('kinds of change', () => {
  test.each<[string, Outcome, Outcome, ChangeKind]>([
    ['a dropped port that is open', DROPPED, OPEN, 'opened'],
    ['a rejected port that is translated', RESET, to('port 80 → 8080'), 'opened'],
    ['an answer that comes back after the change', ONE_WAY, OPEN, 'opened'],
    ['an open port that is rejected', OPEN, RESET, 'closed'],
    ['one-way traffic that is dropped', ONE_WAY, DROPPED, 'closed'],
    ['an answer that no longer comes back', OPEN, ONE_WAY, 'one-way'],
    ['a dropped port that is one-way', DROPPED, ONE_WAY, 'one-way'],
    ['a translation whose answer is lost', OPEN, to('port 80 → 8080', 'one-way'), 'one-way'],
    ['drop for reject', RESET, DROPPED, 'blocked-otherwise'],
    ['another translation', to('port 80 → 8080'), to('port 80 → 8081'), 'translated-otherwise'],
    ['a translation for none', OPEN, to('port 80 → 8081'), 'translated-otherwise'],
    ['a limit that is new', OPEN, UNSTEADY, 'unsteady'],
    ['a limit that is gone', UNSTEADY, DROPPED, 'unsteady'],
    ['not measured before', LOST, OPEN, 'unknown'],
    ['not measured at all', LOST, LOST, 'unknown'],
  ])('%s', (_, before, after, kind) => {
    const changes = changesOf(
      PortSet.of(25),
      [{ from: 25, to: 25, value: seen(before) }],
      [{ from: 25, to: 25, value: seen(after) }],
    )
    expect(changes.changed).toEqual([{ from: 25, to: 25, kind, before, after }])
    expect(changes.same.isEmpty).toBe(true)
  })
})

test('equal outcomes are not a change; outcomes unsteady on both sides are reported separately', () => {
  const sweep = [
    { from: 0, to: 99, value: seen(DROPPED) },
    { from: 100, to: 100, value: seen(UNSTEADY) },
  ]
  const changes = changesOf(PortSet.of({ from: 0, to: 100 }), sweep, sweep)
  expect(changes.changed).toEqual([])
  expect(changes.same.toString()).toBe('0-99')
  expect(changes.unsteady.toString()).toBe('100')
})

test('another choice of a random translation is not a change', () => {
  const [a, b] = ['192.0.2.1', '192.0.2.2'].map((address) => [
    { from: 7, to: 7, value: seen(to(`from 10.0.0.1 → ${address}`)) },
  ]) as [[{ from: 7; to: 7; value: Observation }], [{ from: 7; to: 7; value: Observation }]]
  expect(changesOf(PortSet.of(7), a, b).changed).toMatchObject([{ kind: 'translated-otherwise' }])
  const scattered = changesOf(PortSet.of(7), a, b, { scatters: true })
  expect(scattered.changed).toEqual([])
  expect(scattered.unsteady.toString()).toBe('7')
  const open = [{ from: 7, to: 7, value: seen(OPEN) }]
  expect(changesOf(PortSet.of(7), a, open, { scatters: true }).changed).toHaveLength(1)
})

test('a port not probed on one side is unknown', () => {
  const changes = changesOf(
    PortSet.of({ from: 1, to: 3 }),
    [{ from: 1, to: 3, value: seen(OPEN) }],
    [{ from: 1, to: 2, value: seen(OPEN) }],
  )
  expect(changes.changed).toMatchObject([{ from: 3, to: 3, kind: 'unknown' }])
})

test('every port is changed, unsteady or the same', () => {
  const outcomes = [OPEN, DROPPED, ONE_WAY, RESET, UNSTEADY, LOST]
  const sweep = fc
    .array(fc.constantFrom(...outcomes), { minLength: 20, maxLength: 20 })
    .map((list) => list.map((outcome, n) => ({ from: n, to: n, value: seen(outcome) })))
  fc.assert(
    fc.property(sweep, sweep, (before, after) => {
      const all = PortSet.of({ from: 0, to: 19 })
      const { changed, unsteady, same } = changesOf(all, before, after)
      for (let n = 0; n < 20; n++) {
        const alike = JSON.stringify(before[n]!.value) === JSON.stringify(after[n]!.value)
        const measured = before[n]!.value.outcome !== LOST && after[n]!.value.outcome !== LOST
        const inChanged = changed.some(({ from, to }) => from <= n && n <= to)
        expect(inChanged).toBe(!alike || !measured)
        expect(same.has(n) || unsteady.has(n)).toBe(!inChanged)
      }
    }),
  )
})

describe('outcomes that are unsteady on both sides', () => {
  const among = (...outcomes: Outcome[]): Observation => ({
    ...seen(UNSTEADY),
    among: outcomes.map(seen),
  })
  const judged = (before: Observation, after: Observation, scatters = false) =>
    changesOf(
      PortSet.of(25),
      [{ from: 25, to: 25, value: before }],
      [{ from: 25, to: 25, value: after }],
      { scatters },
    )
  test.each<[string, Outcome[], Outcome[]]>([
    ['in another order', [OPEN, DROPPED], [DROPPED, OPEN]],
    ['to one port', [DROPPED, to('port 25 → 8025')], [to('port 26 → 8025'), DROPPED]],
    ['to a range of ports', [DROPPED, to('port 25 → 8025')], [to('port 26 → 8026'), DROPPED]],
  ])('equal ones are no change: %s', (_, before, after) => {
    const { changed, unsteady, unlike } = judged(among(...before), among(...after))
    expect([changed, unsteady.toString(), unlike.toString()]).toEqual([[], '25', ''])
  })

  test.each<[string, Outcome[], Outcome[], ChangeKind]>([
    ['one for another', [RESET, DROPPED], [OPEN, DROPPED], 'opened'],
    [
      'another port',
      [DROPPED, to('port 25 → 80')],
      [to('port 25 → 81'), DROPPED],
      'translated-otherwise',
    ],
    [
      'another address',
      [DROPPED, to('to a → b')],
      [to('to a → c'), DROPPED],
      'translated-otherwise',
    ],
    ['several', [RESET, DROPPED], [OPEN, ONE_WAY], 'unsteady'],
  ])('different ones are a change: %s', (_, before, after, kind) => {
    expect(judged(among(...before), among(...after)).changed).toMatchObject([{ kind }])
  })

  test('a random choice of a translation does not matter', () => {
    const [a, b] = [to('to a → b'), to('to a → c')]
    expect(judged(among(a, DROPPED), among(DROPPED, b), true).changed).toEqual([])
  })

  test('an outcome that one side lacks is neither a change nor the same', () => {
    const { changed, same, unlike } = judged(among(OPEN, RESET, DROPPED), among(OPEN, DROPPED))
    expect([changed, same.isEmpty, unlike.toString()]).toEqual([[], true, '25'])
  })
})
