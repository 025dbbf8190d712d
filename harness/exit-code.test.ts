import { expect, test } from 'vitest'
import { exitCodeOf } from './exit-code.ts'

test.each([
  ['conforms', 0],
  ['mismatch', 1],
  ['unknown', 3],
] as const)('a run that is %s ends with %i', (status, code) => {
  expect(exitCodeOf(status)).toBe(code)
})
