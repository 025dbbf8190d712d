import { describe, expect, test } from 'vitest'
import { chainsOf } from '../nft/chains.ts'
import { type GivenRule, inspectionOf, match, meta, payload } from '../nft/facts-fixtures.ts'
import { demandsOf } from './demands.ts'
import { differingRules } from './differing.ts'
import { Ways } from './ways.ts'

const chain = (name: string) => ({ family: 'inet', table: 't', name, handle: 1 })
const CHAINS = [
  { ...chain('input'), type: 'filter', hook: 'input', prio: 0, policy: 'drop' },
  chain('odd'),
  chain('other'),
]
const map = (elem?: unknown[], more: object = {}) => ({
  map: { family: 'inet', table: 't', name: 'm', handle: 9, map: 'verdict', elem, ...more },
})
const jump = (target: string, verdict = 'jump') => ({ [verdict]: { target } })
const vmap = (key: object): GivenRule => ({ expr: [{ vmap: { key, data: '@m' } }] })
const LINK = meta('iifname')
const PORT = payload('tcp', 'dport')
const OPENED: GivenRule = { chain: 'odd', expr: [match(PORT, 25), { accept: null }] }

/** The demands of a rule that only the new side has in the chain `odd`. */
function demandsFor(rule: GivenRule, object: object) {
  const more = { objects: [object], chains: CHAINS }
  const old = chainsOf(inspectionOf([rule], more))
  const young = chainsOf(inspectionOf([rule, OPENED], more))
  const { differences, atoms } = differingRules(old, young)
  return demandsOf(differences[0]!, new Ways(young, atoms.new))
}

describe('a chain behind an equal named verdict map', () => {
  test.each(['jump', 'goto'])('is reached by the keys of the map: %s', (verdict) => {
    const elements = [
      ['a', jump('odd', verdict)],
      ['b', jump('other')],
      [{ elem: { val: 'c', timeout: 9 } }, jump('odd', verdict)],
    ]
    const demands = demandsFor(vmap(LINK), map(elements))
    expect(demands).toHaveLength(1)
    expect(demands[0]!.isOpen).toBeUndefined()
    expect(demands[0]!.tests).toContainEqual({
      ...{ kind: 'interface', direction: 'in', names: ['a', 'c'], isNot: false },
    })
    expect(demands[0]!.rules[0]!.matches).toEqual([match(LINK, { set: ['a', 'c'] })])
  })

  test('is reached by each part of a concatenation', () => {
    const elements = [[{ concat: ['a', 25] }, jump('odd')]]
    const [demand] = demandsFor(vmap({ concat: [LINK, PORT] }), map(elements))
    const kinds = demand!.tests.map((one) => (one.kind === 'number' ? one.field : one.kind))
    expect(kinds).toEqual(expect.arrayContaining(['interface', 'destinationPort']))
  })

  test.each([
    ['empty', map()],
    ['dynamic', map([['b', { drop: null }]], { flags: ['dynamic'] })],
    ['timed', map([['b', jump('other')]], { timeout: 60 })],
  ])('may be reached when the map is %s, and no probe is certain', (_, object) => {
    const demands = demandsFor(vmap(LINK), object)
    expect(demands.map(({ isOpen }) => isOpen)).toEqual([true])
    expect(demands[0]!.tests).toContainEqual(
      expect.objectContaining({ kind: 'opaque', what: 'the elements of map m' }),
    )
  })

  test('is not reached when the map leads elsewhere only', () => {
    expect(demandsFor(vmap(LINK), map([['a', jump('other')]]))).toEqual([])
  })
})

test.each([5, 20, 1000])('a way has no most jumps: %i legacy chains', (deep) => {
  const lines = Array.from({ length: deep }, (_, i) => `-A ${i ? `c${i}` : 'INPUT'} -j c${i + 1}`)
  const text = `*filter\n:INPUT DROP [0:0]\n${lines.toReversed().join('\n')}\n-A c${deep} -j ACCEPT\nCOMMIT\n`
  const chains = chainsOf(inspectionOf([], { chains: [], legacy: { 4: text } }))
  const { atoms } = differingRules(chains, chains)
  const found = new Ways(chains, atoms.new).to(`legacy ip filter c${deep}`)
  expect(found.map(({ jumps }) => jumps.length)).toEqual([deep])
})

test('a circle of chains is passed once, and each of its chains is reached', () => {
  const rules = [
    { expr: [jump('odd')] },
    { chain: 'odd', expr: [jump('other')] },
    { chain: 'other', expr: [jump('odd'), match(PORT, 25), { accept: null }] },
  ]
  const chains = chainsOf(inspectionOf(rules, { chains: CHAINS }))
  const ways = new Ways(chains, differingRules(chains, chains).atoms.new)
  expect(ways.to('inet t odd')).toHaveLength(1)
  expect(ways.to('inet t other')).toHaveLength(1)
})
