import { expect, test } from 'vitest'
import { fits } from './glob.ts'

test.each([
  ['a.nft', '*.nft', true],
  ['a.nft', '*', true],
  ['.nft', '*.nft', false],
  ['.a.nft', '.*.nft', true],
  ['a.nft', '?.nft', true],
  ['ab.nft', '?.nft', false],
  ['2.nft', '[0-9].nft', true],
  ['x.nft', '[0-9].nft', false],
  ['x.nft', '[!0-9].nft', true],
  [']', '[]]', true],
  ['[', '[', true],
  ['a{b,c}', 'a{b,c}', true],
  ['ab', 'a{b,c}', false],
  ['a/b', '*', true],
  ['aab', '*ab', true],
  ['aba', '*ab', false],
  ['über.nft', '?ber.nft', true],
  ['', '*', true],
  ['', '', true],
  ['a', '', false],
])('pattern %j and %j: %j', (name, pattern, expected) => {
  expect(fits(name, pattern)).toBe(expected)
})

test('many stars are matched quickly', () => {
  expect(fits('a'.repeat(255), `${'*a'.repeat(120)}b`)).toBe(false)
})
