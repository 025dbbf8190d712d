import { expect, test } from 'vitest'
import { origin } from './origin.ts'

const line = (at: number, label: string, column = 1) => ({
  label,
  at: { file: 'policies/p.yaml', line: at, column },
})

test.each([
  ['one line', [line(7, 'allow SSH')], 'p.yaml:7 allow SSH'],
  ['neighbours', [line(7, 'allow SSH'), line(8, 'allow DNS')], 'p.yaml:7-8 allow SSH, DNS'],
  [
    'a gap, and another order',
    [line(12, 'allow NTP'), line(8, 'allow DNS'), line(7, 'allow SSH')],
    'p.yaml:7-8,12 allow SSH, DNS, NTP',
  ],
  [
    'two on one line',
    [line(7, 'allow DNS', 9), line(7, 'allow SSH', 3)],
    'p.yaml:7 allow SSH, DNS',
  ],
  [
    'other words',
    [line(7, 'deny tcp 0'), line(9, 'otherwise deny'), line(11, 'otherwise deny')],
    'p.yaml:7,9,11 deny tcp 0, otherwise deny, deny',
  ],
  ['one word each', [line(7, 'allow'), line(8, 'allow')], 'p.yaml:7-8 allow, allow'],
])('%s', (_, clauses, text) => {
  expect(origin(clauses)).toBe(` comment "${text}"`)
})

test('what the rule is about stands before the labels', () => {
  expect(origin([line(7, 'deny all')], 'replies: ')).toBe(' comment "p.yaml:7 replies: deny all"')
})
