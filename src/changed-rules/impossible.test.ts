import { expect, test } from 'vitest'
import { chainsOf } from '../nft/chains.ts'
import { type GivenRule, inspectionOf, match, payload } from '../nft/facts-fixtures.ts'
import { differingRules } from './differing.ts'
import { impossible } from './impossible.ts'

const STATE = { ct: { key: 'state' } }
const DPORT = payload('udp', 'dport')
const rule = (state: object): GivenRule => ({
  expr: [{ match: { left: STATE, ...state } }, match(DPORT, 53), { accept: null }],
})
const ruleset = (...rules: GivenRule[]) => chainsOf(inspectionOf(rules))
const NOTRACK: GivenRule = { expr: [{ notrack: null }] }
const HELPED: GivenRule = { expr: [{ 'ct helper': 'ftp' }] }

/** The states of the rules that differ, and why no packet has them. */
function told(old: GivenRule, young: GivenRule, ...more: GivenRule[]): string[] {
  const chains = ruleset(young, ...more)
  const { differences } = differingRules(ruleset(old, ...more), chains)
  return differences.flatMap((one) => {
    if (one.kind === 'policy') return ['policy']
    const state = one.asked.tests.find(({ kind }) => kind === 'state')
    const why = impossible(one.asked.tests, chains) ?? 'possible'
    return state?.kind === 'state' ? [`${one.side} ${state.values}: ${why}`] : []
  })
}

const NEW = rule({ op: 'in', right: 'new' })

test.each<[string, object, string[]]>([
  ['a further state', { op: '==', right: { set: ['new', 'invalid'] } }, ['new invalid: possible']],
  ['a list of states', { op: 'in', right: ['new', 'invalid'] }, ['new invalid: possible']],
  [
    'every state but one',
    { op: '!=', right: 'established' },
    [
      'new invalid: possible',
      'new related: no rule expects related connections',
      'new untracked: no rule leaves packets untracked',
    ],
  ],
  [
    'every state but some',
    { op: '!=', right: { set: ['established', 'related', 'untracked'] } },
    ['new invalid: possible'],
  ],
])('each state of a rule is tried by itself: %s', (_, state, expected) => {
  expect(told(NEW, rule(state)).toSorted()).toEqual(expected)
})

test('equal sets of states in other words do not differ', () => {
  const but = rule({ op: '!=', right: { set: ['invalid', 'untracked'] } })
  const named = rule({ op: 'in', right: ['established', 'related', 'new'] })
  expect(told(but, named)).toEqual([])
})

test.each<[string, GivenRule, string]>([
  ['notrack', NOTRACK, 'new untracked: possible'],
  ['a helper', HELPED, 'new related: possible'],
])('rules may make such packets: %s', (_, more, expected) => {
  expect(told(NEW, rule({ op: '!=', right: 'established' }), more)).toContain(expected)
})
