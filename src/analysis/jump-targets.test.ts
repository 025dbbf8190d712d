import { expect, test } from 'vitest'
import { type GivenRule, inspectionOf, match, meta, payload } from '../nft/facts-fixtures.ts'
import { factsOf } from './extract.ts'
import { untestedRules } from './untested.ts'

const base = {
  ...{ family: 'inet', table: 't', handle: 1 },
  type: 'filter',
  prio: 0,
  policy: 'drop',
}
const chain = (name: string) => ({ family: 'inet', table: 't', name, handle: 1 })
const CHAINS = [{ ...base, name: 'forward', hook: 'forward' }, chain('odd'), chain('deep')]
const map = (elem: unknown[] | undefined, more: object = {}) => ({
  map: { family: 'inet', table: 't', name: 'm', handle: 9, map: 'verdict', elem, ...more },
})
const vmap = (key: object): GivenRule => ({
  chain: 'forward',
  expr: [{ vmap: { key, data: '@m' } }],
})
const OWNER: GivenRule = { chain: 'odd', expr: [match(meta('skuid'), 7), { accept: null }] }
const jump = (target: string, verdict = 'jump') => ({ [verdict]: { target } })
const BY_LINK = vmap(meta('iifname'))
const BY_BOTH = vmap({ concat: [meta('iifname'), payload('tcp', 'dport')] })

const ALL = ['destinationPort', 'protocol', 'ttl']

function untested(rules: GivenRule[], objects: object[]): string[] {
  const inspection = inspectionOf(rules, { objects, chains: CHAINS })
  return untestedRules(inspection, {
    ...{ family: 4, hooks: new Set(['forward']), links: ['a'], unvaried: () => undefined },
  }).map(({ where, what }) => `${where.chain}: ${what}`)
}

test.each<[string, GivenRule, object]>([
  ['a jump', BY_LINK, map([['a', jump('odd')]])],
  ['a goto', BY_LINK, map([['a', jump('odd', 'goto')]])],
  ['a concatenation', BY_BOTH, map([[{ concat: ['a', 25] }, jump('odd')]])],
  ['an element that expires', BY_LINK, map([[{ elem: { val: 'a', expires: 5 } }, jump('odd')]])],
  ['no element, so it is filled later', BY_LINK, map(undefined)],
  [
    'another element, and it is dynamic',
    BY_LINK,
    map([['b', { drop: null }]], { flags: ['dynamic'] }),
  ],
  ['another element, and it has a timeout', BY_LINK, map([['b', { drop: null }]], { timeout: 5 })],
])('a named verdict map leads to a chain: %s', (_, rule, object) => {
  expect(untested([rule, OWNER], [object])).toEqual(['odd: meta skuid'])
})

test('a verdict map that leads elsewhere does not count', () => {
  expect(untested([BY_LINK, OWNER], [map([['a', jump('deep')]])])).toEqual([])
  expect(untested([OWNER], [map([['a', jump('odd')]])])).toEqual([])
})

test('chains in a circle are met when any of them is', () => {
  const circle = [
    { chain: 'odd', expr: [jump('deep')] },
    { chain: 'deep', expr: [jump('odd')] },
  ]
  expect(untested([...circle, OWNER], [])).toEqual([])
  expect(untested([...circle, OWNER, BY_LINK], [map([['a', jump('deep')]])])).toEqual([
    'odd: meta skuid',
  ])
})

test('fields are asked together with those of a named verdict map', () => {
  const rule = { chain: 'odd', expr: [match(payload('ip', 'ttl'), 9), { drop: null }] }
  const { jointFields } = factsOf(
    inspectionOf([vmap(payload('tcp', 'dport')), rule], {
      ...{ objects: [map([[25, jump('odd')]])], chains: CHAINS },
    }),
  )
  expect(jointFields.map((set) => [...set].sort())).toContainEqual(ALL)
})

test('fields are asked together through any number of jumps, in any order of the chains', () => {
  const port = match(payload('tcp', 'dport'), 25)
  const rules = Array.from({ length: 100 }, (_, i) => ({
    chain: i === 0 ? 'forward' : `c${i}`,
    expr: i === 99 ? [match(payload('ip', 'ttl'), 9), { drop: null }] : [port, jump(`c${i + 1}`)],
  }))
  const { jointFields } = factsOf(inspectionOf(rules.toReversed(), { chains: CHAINS.slice(0, 1) }))
  expect(jointFields.map((set) => [...set].sort())).toContainEqual(ALL)
})
