import { expect, test } from 'vitest'
import { align } from './aligned.ts'

test('entries of one list only, and moved entries, are found', () => {
  expect(align([...'abcd'], [...'abxd'])).toEqual({
    onlyOld: [2],
    onlyNew: [2],
    kept: [
      [0, 0],
      [1, 1],
      [3, 3],
    ],
    moved: [],
  })
  expect(align([...'abcd'], [...'bcda']).moved).toEqual([[0, 3]])
  expect(align([...'aab'], [...'ab']).onlyOld).toEqual([1])
  expect(align([], [...'ab']).onlyNew).toEqual([0, 1])
})

test('20,000 keys in reverse order are aligned in less than quadratic time', () => {
  const keys = Array.from({ length: 20_000 }, (_, i) => `rule ${i}`)
  const { kept, moved } = align(keys, keys.toReversed())
  expect(kept).toHaveLength(1)
  expect(moved).toHaveLength(19_999)
})
