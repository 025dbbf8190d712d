import { expect, test } from 'vitest'
import type { NotMeasuredCause } from '../../src/result/result.ts'
import { exitCodeOf } from './exit-code.ts'

test.each([
  ['conforms', 0],
  ['mismatch', 1],
  ['unknown', 3],
] as const)('a run with status %s exits %i', (status, code) => {
  expect(exitCodeOf(status)).toBe(code)
})

test.each([
  ['unknown', 'environment', 3],
  ['unknown', 'bug', 3],
  ['unknown', 'input', 2],
  ['mismatch', 'environment', 1],
  ['mismatch', 'input', 1],
] as const)(
  'a run with status %s and a scenario not measured because of %s exits %i',
  (status, cause, code) => {
    const none = {}
    const failed = { notMeasured: [{ cause: cause as NotMeasuredCause, reason: 'r' }] }
    expect(exitCodeOf(status, [none, failed])).toBe(code)
  },
)
