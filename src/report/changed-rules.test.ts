import { expect, test } from 'vitest'
import type { ChangedRule } from '../result/changed-rules.ts'
import { shadowedWords, untestedCount, untestedWords } from './changed-rules.ts'

const UNTESTED: ChangedRule = {
  ...{ side: 'new', file: 'new.nft', line: 7, chain: 'inet t input' },
  ...{ rule: 'tcp option maxseg size 1-500 drop', state: 'untested' },
  reason: 'no probe varies tcp option maxseg size',
}

test('an unexercised rule is reported with its position and the reason', () => {
  expect(untestedWords([UNTESTED], false)).toEqual([
    'not proved: new.nft:7: tcp option maxseg size 1-500 drop: no probe varies tcp option maxseg size',
  ])
  expect(untestedWords([UNTESTED], true)[0]).toMatch(/^accepted untested: /)
  const { file: _, line: _l, ...without } = UNTESTED
  expect(untestedWords([without], false)[0]).toMatch(/^not proved: new firewall, inet t input: /)
})

test('of many rules some are listed, and the rest is counted', () => {
  const words = untestedWords(Array(25).fill(UNTESTED), false)
  expect(words).toHaveLength(21)
  expect(words.at(-1)).toBe('and 5 more changed rules: --reporter json has all')
  expect(untestedCount(Array(25).fill(UNTESTED))).toBe('25 changed rules were not tested')
  expect(untestedCount([UNTESTED])).toBe('1 changed rule was not tested')
})

test('a shadowed rule is reported with the deciding rule', () => {
  const by = 'tcp dport 22 accept (new.nft:5)'
  expect(shadowedWords([{ ...UNTESTED, state: 'shadowed', by }])).toEqual([
    `shadowed: new.nft:7: tcp option maxseg size 1-500 drop: by ${by}`,
  ])
})

test('a rule shadowed by several rules is reported with the reason', () => {
  const reason = 'no rule leads to unused'
  expect(shadowedWords([{ ...UNTESTED, state: 'shadowed', reason }])).toEqual([
    'shadowed: new.nft:7: tcp option maxseg size 1-500 drop: no rule leads to unused',
  ])
})
