import { expect, test } from 'vitest'
import { longestList, longSet } from './longest-list.ts'

test.each([
  [
    'a set',
    'table ip t {\n  set banned {\n    type ipv4_addr\n    elements = { 1.1.1.1,\n 2.2.2.2, 3.3.3.3 }\n  }\n}',
    'set banned',
    4,
    3,
  ],
  ['a define', '\ndefine HOSTS = { 10.0.0.1, 10.0.0.2 }', 'define HOSTS', 2, 2],
  ['added elements', 'add element inet t allowed { 22, 80, 443, 8080 }', 'set allowed', 1, 4],
  [
    'the longest of several',
    'set a { elements = { 1 } }\nset b { elements = { 1, 2 } }',
    'set b',
    2,
    2,
  ],
  ['a set in a rule', 'tcp dport { 22, 80 } accept', 'a list', 1, 2],
])('the longest list is %s', (_, text, name, line, elements) => {
  expect(longestList(text)).toEqual({ name, line, elements })
})

test('a text without lists has no longest list', () => {
  expect(longestList('')).toBeUndefined()
  expect(longestList('tcp dport 22 accept')).toBeUndefined()
  expect(longestList('{ 1, 2')).toBeUndefined()
})

test('a million elements are counted', () => {
  const text = `set s { elements = { ${'1, '.repeat(1_000_000)}1 } }`
  expect(longestList(text)).toEqual({ name: 'set s', line: 1, elements: 1_000_001 })
})

test('a set with too many elements is refused with its name, line and the limit', () => {
  const text =
    'table ip t {\n  set banned {\n    elements = { 1.1.1.1, 2.2.2.2, 3.3.3.3 }\n  }\n}\n'
  expect(longSet(text, 2)).toEqual({
    line: 3,
    message:
      'set banned has 3 elements: the limit is 2: test with the part of the list that matters to the rules',
  })
  expect(longSet(text, 3)).toBeUndefined()
})
