/** What could not be measured, gathered from families and shards. */
import { expect, test } from 'vitest'
import { gathered, notMeasuredWords } from './not-measured.ts'
import type { NotMeasured } from './result.ts'

const one = (reason: string, family?: 4 | 6): NotMeasured => ({
  cause: 'environment',
  reason,
  ...(family ? { family } : {}),
})

test('an empty list leaves no field', () => {
  expect(gathered([])).toEqual({})
})

test('families with the same reason are listed once, others separately', () => {
  expect(gathered([one('a', 4), one('a', 6)])).toEqual({ notMeasured: [one('a')] })
  expect(gathered([one('a', 4), one('b', 6)])).toEqual({ notMeasured: [one('a', 4), one('b', 6)] })
})

test('shards with the same family and reason are listed once, with the family', () => {
  expect(gathered([one('a', 6), one('a', 6)])).toEqual({ notMeasured: [one('a', 6)] })
  expect(gathered([one('a', 6), one('a')])).toEqual({ notMeasured: [one('a')] })
})

test('the text names the family and the reason', () => {
  expect(notMeasuredWords(one('a'))).toBe('not measured')
  expect(notMeasuredWords(one('a', 6))).toBe('IPv6 not measured')
})
