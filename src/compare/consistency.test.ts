import { expect, test } from 'vitest'
import type { Attempt, Observation, Outcome } from '../result/outcome.ts'
import { withConsistency } from './consistency.ts'

const ARRIVED: Attempt = { target: { zone: 'lan' }, sender: { kind: 'reply' } }
const SILENT: Attempt = { target: null, sender: null }
const OPEN: Observation = { outcome: { kind: 'open' }, attempts: [ARRIVED] }
const DROPPED: Observation = { outcome: { kind: 'dropped' }, attempts: [SILENT, SILENT] }
const of = (outcome: Outcome): Observation => ({ outcome, attempts: [] })

const CLASSES = [
  { from: 0, to: 21, value: 0 },
  { from: 22, to: 22, value: 1 },
  { from: 23, to: 99, value: 0 },
]

test('disagreeing members make their whole class unsteady, and nothing else', () => {
  const observed = [
    { from: 0, to: 4, value: OPEN },
    { from: 5, to: 21, value: DROPPED },
    { from: 22, to: 22, value: OPEN },
    { from: 23, to: 99, value: DROPPED },
  ]
  const unsteady = {
    outcome: { kind: 'unsteady' },
    attempts: [ARRIVED, SILENT],
    among: [OPEN, DROPPED],
  }
  expect(withConsistency(observed, [], CLASSES)).toEqual([
    { from: 0, to: 21, value: unsteady },
    { from: 22, to: 22, value: OPEN },
    { from: 23, to: 99, value: unsteady },
  ])
})

test('a port with different outcomes is unsteady', () => {
  const observed = [{ from: 22, to: 22, value: OPEN }]
  expect(withConsistency(observed, [[22, OPEN]], CLASSES)).toEqual(observed)
  expect(
    withConsistency(
      observed,
      [
        [22, OPEN],
        [22, DROPPED],
      ],
      CLASSES,
    ),
  ).toMatchObject([{ from: 22, to: 22, value: { outcome: { kind: 'unsteady' } } }])
})

test('ports without a class are judged alone', () => {
  const observed = [
    { from: 1, to: 1, value: OPEN },
    { from: 2, to: 3, value: DROPPED },
  ]
  expect(withConsistency(observed, [[3, OPEN]], [])).toMatchObject([
    { from: 1, to: 1, value: { outcome: { kind: 'open' } } },
    { from: 2, to: 2, value: { outcome: { kind: 'dropped' } } },
    { from: 3, to: 3, value: { outcome: { kind: 'unsteady' } } },
  ])
})

test('inconclusive outcomes and translation targets say nothing about other ports', () => {
  const lost = of({ kind: 'inconclusive', reason: 'frames were lost' })
  const to = (port: number) => of({ kind: 'translated', change: `port → ${port}`, way: 'open' })
  const observed = [
    { from: 0, to: 0, value: to(1) },
    { from: 1, to: 1, value: to(2) },
    { from: 2, to: 2, value: lost },
  ]
  expect(withConsistency(observed, [], CLASSES)).toEqual(observed)
})

test('an unsteady probe counts with each outcome of its attempts', () => {
  const both = { outcome: { kind: 'unsteady' as const }, attempts: [], among: [OPEN, DROPPED] }
  const [found] = withConsistency([{ from: 22, to: 22, value: both }], [[22, DROPPED]], CLASSES)
  expect(found!.value.among).toEqual([OPEN, DROPPED])
})
