import { expect, test } from 'vitest'
import type { UntestedResult } from './result.ts'
import { judgeUntested, untestedWords } from './untested.ts'

const RULE: UntestedResult = {
  rule: 'tcp option maxseg size 1-500 counter drop',
  chain: 'inet t forward',
  at: { file: 'r.nft', line: 7 },
  what: ['tcp option maxseg size'],
}
const at = { file: 's.yaml', line: 9, column: 5 }

test('a rule found over both families is listed once, with all its conditions', () => {
  const { untested } = judgeUntested([RULE, { ...RULE, what: ['TTLs'] }])
  expect(untested).toEqual([{ ...RULE, what: ['tcp option maxseg size', 'TTLs'] }])
})

test('the same text in two chains is two rules', () => {
  const other = { ...RULE, chain: 'inet t input' }
  expect(judgeUntested([RULE, other]).untested).toEqual([RULE, other])
})

test('a rule is accepted by its text, whatever its counters and blanks', () => {
  const rule = 'tcp option maxseg  size 1-500 drop'
  const { untested, notes } = judgeUntested([RULE], [{ rule, reason: 'the uplink clamps', at }])
  expect(untested).toEqual([{ ...RULE, accepted: 'the uplink clamps' }])
  expect(notes).toEqual([])
})

test('a part of a rule, or another rule, accepts nothing and gets a note', () => {
  const { untested, notes } = judgeUntested([RULE], [{ rule: 'drop', reason: 'x', at }])
  expect(untested).toEqual([RULE])
  expect(notes).toEqual(['s.yaml:9: untested: "drop" matches no untested rule: remove this entry'])
})

test('the report names the position, the rule and its conditions', () => {
  expect(untestedWords(RULE)).toBe(
    'r.nft:7: tcp option maxseg size 1-500 counter drop: no probe varies tcp option maxseg size',
  )
  const { at: _, ...unplaced } = RULE
  expect(untestedWords(unplaced)).toMatch(/^inet t forward: tcp option/)
})
