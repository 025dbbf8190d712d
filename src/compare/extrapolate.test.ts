import { expect, test } from 'vitest'
import type { Observation } from '../result/outcome.ts'
import { extrapolate } from './extrapolate.ts'

const OPEN: Observation = { outcome: { kind: 'open' }, attempts: [] }
const DROPPED: Observation = { outcome: { kind: 'dropped' }, attempts: [] }
const at = (from: number, to: number, value: Observation) => ({ from, to, value })
const CLASSES = [0, 1, 0].map((value, i) => ({ from: i * 10, to: i * 10 + 9, value }))

test.each([
  [
    'edges with equal outcomes represent the ports between',
    [at(0, 0, OPEN), at(9, 10, OPEN), at(19, 19, OPEN)],
    [at(0, 9, OPEN), at(10, 19, OPEN)],
  ],
  [
    'edges with different outcomes represent only themselves',
    [at(0, 0, OPEN), at(9, 9, DROPPED)],
    [at(0, 0, OPEN), at(9, 9, DROPPED)],
  ],
  [
    'edges with a different middle represent only themselves',
    [at(0, 0, OPEN), at(5, 5, DROPPED), at(9, 9, OPEN)],
    [at(0, 0, OPEN), at(5, 5, DROPPED), at(9, 9, OPEN)],
  ],
  ['a range with an unprobed edge is not extrapolated', [at(0, 3, OPEN)], [at(0, 3, OPEN)]],
])('%s', (_, observed, expected) => {
  expect(extrapolate(observed, CLASSES)).toEqual(expected)
})
