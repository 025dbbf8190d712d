/** What could not be measured, gathered from families and shards. */
import { expect, test } from 'vitest'
import { gathered, notMeasuredWords } from './not-measured.ts'
import type { NotMeasured } from './result.ts'

const one = (reason: string, family?: 4 | 6): NotMeasured => ({
  cause: 'environment',
  reason,
  ...(family ? { family } : {}),
})

test('nothing leaves no field behind', () => {
  expect(gathered([])).toEqual({})
})

test('families that fail for one reason say it once, and other reasons stay apart', () => {
  expect(gathered([one('a', 4), one('a', 6)])).toEqual({ notMeasured: [one('a')] })
  expect(gathered([one('a', 4), one('b', 6)])).toEqual({ notMeasured: [one('a', 4), one('b', 6)] })
})

test('shards that fail in one family for one reason say it once, and keep the family', () => {
  expect(gathered([one('a', 6), one('a', 6)])).toEqual({ notMeasured: [one('a', 6)] })
  expect(gathered([one('a', 6), one('a')])).toEqual({ notMeasured: [one('a')] })
})

test('in words', () => {
  expect(notMeasuredWords(one('a'))).toBe('not measured')
  expect(notMeasuredWords(one('a', 6))).toBe('IPv6 not measured')
})
