import { expect, test } from 'vitest'
import type { Observation } from '../result/outcome.ts'
import { extrapolate } from './extrapolate.ts'

const OPEN: Observation = { outcome: { kind: 'open' }, attempts: [] }
const DROPPED: Observation = { outcome: { kind: 'dropped' }, attempts: [] }
const at = (from: number, to: number, value: Observation) => ({ from, to, value })
const CLASSES = [0, 1, 0].map((value, i) => ({ from: i * 10, to: i * 10 + 9, value }))

test.each([
  [
    'edges that are alike stand for what is between them',
    [at(0, 0, OPEN), at(9, 10, OPEN), at(19, 19, OPEN)],
    [at(0, 9, OPEN), at(10, 19, OPEN)],
  ],
  [
    'edges that differ stand for themselves',
    [at(0, 0, OPEN), at(9, 9, DROPPED)],
    [at(0, 0, OPEN), at(9, 9, DROPPED)],
  ],
  [
    'so do those whose middle differs',
    [at(0, 0, OPEN), at(5, 5, DROPPED), at(9, 9, OPEN)],
    [at(0, 0, OPEN), at(5, 5, DROPPED), at(9, 9, OPEN)],
  ],
  ['and a stretch of which one edge was not probed', [at(0, 3, OPEN)], [at(0, 3, OPEN)]],
])('%s', (_, observed, expected) => {
  expect(extrapolate(observed, CLASSES)).toEqual(expected)
})
