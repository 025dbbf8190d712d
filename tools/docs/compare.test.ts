import { expect, test } from 'vitest'
import { matches } from './compare.ts'

const REAL = [
  'probing',
  ' a · TCP   65,536 probed in 0.76 s',
  '│ 25 │ OPEN │',
  ' 25: 10.20.1.10:58001 → 203.0.113.10:25',
  'done',
]

test.each([
  ['the same', REAL, true],
  [
    'another time, another source port, other widths',
    [
      'probing',
      ' a · TCP 65,536 probed in 12.01 s',
      '│ 25  │ OPEN   │',
      ' 25: 10.20.1.10:40000 → 203.0.113.10:25',
      'done',
    ],
    true,
  ],
  ['lines left out', ['…', '│ 25 │ OPEN │', '…'], true],
  ['lines left out in a table', ['│ …            │', '│ 25 │ OPEN │', '…'], true],
  ['a gap without a left-out line', ['…', ...REAL, '…'], true],
  ['the rest of a line left out', ['probing', ' a · …', '│ 25 │ OPEN │', ' 25: …', 'done'], true],
  ['empty lines at the end', [...REAL, '', ''], true],
  ['another count', ['…', ' a · TCP   65,535 probed in 0.76 s', '…'], false],
  ['another outcome', ['…', '│ 25 │ dropped │', '…'], false],
  ['another destination port', ['…', ' 25: 10.20.1.10:58001 → 203.0.113.10:26', 'done'], false],
  ['a missing line', REAL.slice(1), false],
  ['an extra line', [...REAL, 'more'], false],
  [
    'lines in another order',
    ['…', '│ 25 │ OPEN │', ' a · TCP 65,536 probed in 0.76 s', '…'],
    false,
  ],
  ['part of a line', ['…', 'don'], false],
  ['nothing', [], false],
])('a page with %s is compared correctly', (_, shown, expected) => {
  expect(matches(shown, REAL)).toBe(expected)
})

test('text on a page is not a pattern', () => {
  expect(matches(['a.c [1-9]* (x)'], ['a.c [1-9]* (x)'])).toBe(true)
  expect(matches(['a.c'], ['abc'])).toBe(false)
})
