import { describe, expect, test } from 'vitest'
import { type GivenRule, inspectionOf, match, payload } from '../nft/facts-fixtures.ts'
import { rulesetOf } from '../nft/rules.ts'
import { sideEffectFree } from './side-effect-free.ts'

const DPORT = payload('tcp', 'dport')
const rule = (...expr: object[]): GivenRule => ({ expr })
const xt = (name: string, type = 'match'): object => ({ xt: { type, name } })
const ACCEPT = { accept: null }
const LOG = { log: null }
const byMap = (kind: string): object => ({
  [kind]: { map: { key: DPORT, data: { set: [[22, 'a']] } } },
})

/** For each rule: whether it has no effect. */
function idle(...rules: GivenRule[]): boolean[] {
  const { rules: all } = rulesetOf(inspectionOf(rules))
  return all.map(sideEffectFree(all))
}

test.each<[string, GivenRule, GivenRule]>([
  ['a named quota', rule(match(DPORT, 25), { quota: 'q' }), rule({ quota: 'q' }, ACCEPT)],
  ['a named limit', rule({ limit: 'q' }, LOG), rule({ limit: 'q' }, ACCEPT)],
  ['an object that a map chooses', rule({ limit: 'a' }, LOG), rule(byMap('limit'), ACCEPT)],
  ['objects of a map', rule(byMap('quota'), LOG), rule({ quota: 'a' }, ACCEPT)],
  ['a list of recent', rule(xt('recent')), rule(xt('recent'), xt('DROP', 'target'))],
  ['a hashlimit', rule(xt('hashlimit'), xt('LOG', 'target')), rule(xt('hashlimit'), ACCEPT)],
])(
  'a rule without a verdict has an effect if another rule uses its state: %s',
  (_, writes, reads) => {
    expect(idle(writes, reads)).toEqual([false, false])
    expect(idle(writes, rule(ACCEPT))).toEqual([true, false])
  },
)

test('rules that all only count and log may share their state', () => {
  expect(idle(rule({ limit: 'l' }, LOG), rule({ limit: 'l' }, { counter: null }))).toEqual([
    true,
    true,
  ])
})

test('limits without a name and objects of another table or name are not shared', () => {
  const limit = { limit: { rate: 5, burst: 5, per: 'second' } }
  expect(idle(rule(limit, LOG), rule(limit, ACCEPT))).toEqual([true, false])
  expect(idle(rule({ limit: 'a' }, LOG), rule({ limit: 'b' }, ACCEPT))).toEqual([true, false])
  expect(
    idle(rule({ limit: 'a' }, LOG), { ...rule({ limit: 'a' }, ACCEPT), family: 'ip' }),
  ).toEqual([true, false])
})

test.each(['connlabel', 'rateest', 'not-known'])(
  'a match of xtables that may write state has an effect: %s',
  (name) => {
    expect(idle(rule(xt(name)))).toEqual([false])
    expect(idle(rule(xt('tcp')))).toEqual([true])
  },
)

describe('sets that a rule fills without a verdict', () => {
  const fill = (set: string): object => ({ set: { op: 'add', elem: DPORT, set } })
  test.each<[string, GivenRule, GivenRule]>([
    ['asked by another rule', rule(fill('@s')), rule(match(DPORT, '@s'), ACCEPT)],
    ['limited in another rule', rule(fill('@s')), rule(fill('@s'), ACCEPT)],
    [
      'a meter that is asked',
      rule({ meter: { key: DPORT, stmt: { counter: null }, name: 's' } }),
      rule(match(DPORT, '@s'), ACCEPT),
    ],
  ])('have an effect: %s', (_, writes, reads) => {
    expect(idle(writes, reads)).toEqual([false, false])
    expect(idle(writes, rule(ACCEPT))).toEqual([true, false])
    expect(idle(writes, { ...reads, family: 'ip' })).toEqual([true, false])
  })
})

test('a match of an ipset counts packets for another rule that compares the counters', () => {
  const saved = (...texts: string[]): boolean[] => {
    const rules = texts.map((text) => ({
      where: { family: 'ip', table: 'filter', chain: 'INPUT', text },
      statements: [xt('set'), ...(text.endsWith('DROP') ? [{ drop: null }] : [])] as never,
    }))
    return rules.map(sideEffectFree(rules))
  }
  const counts = '-A INPUT -m set --match-set s src'
  const reads = `${counts} --packets-gt 5 -j DROP`
  expect(saved(counts, reads)).toEqual([false, false])
  expect(saved(`${counts} ! --update-counters`, reads)).toEqual([true, false])
  expect(saved(counts, `${counts} -j DROP`)).toEqual([true, false])
})
