import { expect, test } from 'vitest'
import { tokensOf } from './tokens.ts'

const words = (text: string): string[] =>
  tokensOf(text).map(({ kind, text }) => `${kind[0]} ${text}`)

test('words, strings, variables, punctuation and line ends are tokens', () => {
  expect(
    words('define lan = { 10.0.0.0/8, fd00::/8 } # both\niifname "eth0" ip saddr $lan drop;'),
  ).toEqual([
    'w define',
    'w lan',
    'p =',
    'p {',
    'w 10.0.0.0/8',
    'p ,',
    'w fd00::/8',
    'p }',
    'e \n',
    'w iifname',
    's eth0',
    'w ip',
    'w saddr',
    'v lan',
    'w drop',
    'e ;',
  ])
})

test('operators, named sets, ranges and verdict maps are tokens', () => {
  expect(
    words('tcp dport != @ports meta mark & 0xff == 1 tcp dport vmap { 22-25 : jump x }'),
  ).toEqual([
    'w tcp',
    'w dport',
    'p !=',
    'w @ports',
    'w meta',
    'w mark',
    'p &',
    'w 0xff',
    'p ==',
    'w 1',
    'w tcp',
    'w dport',
    'w vmap',
    'p {',
    'w 22-25',
    'w :',
    'w jump',
    'w x',
    'p }',
  ])
})

test('a backslash joins lines, and positions are those of the file', () => {
  expect(tokensOf('tcp \\\n  dport 22\ndrop')).toMatchObject([
    { text: 'tcp', line: 1, column: 1 },
    { text: 'dport', line: 2, column: 3 },
    { text: '22', line: 2, column: 9 },
    { kind: 'end', line: 2 },
    { text: 'drop', line: 3, column: 1 },
  ])
})

test('any text is accepted', () => {
  expect(words('"open \\ $ \u0000')).toEqual(['w "', 'w open', 'w \\', 'w $', 'w \u0000'])
  expect(tokensOf('')).toEqual([])
})
