import { expect, test } from 'vitest'
import type { Test } from './conditions.ts'
import { areImplied } from './implied.ts'

const port = (from: number, to: number, isNot = false): Test => ({
  ...{ kind: 'number', field: 'destinationPort', intervals: [[from, to]], isNot },
})
const link = (...names: string[]): Test => ({
  ...{ kind: 'interface', direction: 'in', names, isNot: false },
})
const state = (isNot: boolean, ...values: string[]): Test => ({ kind: 'state', values, isNot })

test.each<[string, Test, Test, boolean]>([
  ['a port of a range', port(25, 25), port(20, 30), true],
  ['a range of a port', port(20, 30), port(25, 25), false],
  ['a port beside an exception', port(25, 25), port(80, 80, true), true],
  ['the exception itself', port(80, 80), port(80, 80, true), false],
  ['an exception within a larger one', port(70, 90, true), port(80, 80, true), true],
  ['a smaller exception', port(80, 80, true), port(70, 90, true), false],
  ['a name of a pattern', link('lan7'), link('lan*'), true],
  ['a pattern of a name', link('lan*'), link('lan7'), false],
  ['a state of several', state(false, 'new'), state(false, 'new', 'related'), true],
  ['a state that is excepted', state(false, 'new'), state(true, 'new'), false],
  ['another state than the excepted one', state(false, 'new'), state(true, 'invalid'), true],
])('%s', (_, given, asked, expected) => {
  expect(areImplied([asked], [given])).toBe(expected)
})

test('without any condition, everything is implied', () => {
  expect(areImplied([], [])).toBe(true)
  expect(areImplied([port(1, 2)], [])).toBe(false)
})
