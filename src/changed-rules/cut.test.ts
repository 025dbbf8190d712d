import { expect, test } from 'vitest'
import { PortSet } from '../net/port-set.ts'
import { chainsOf } from '../nft/chains.ts'
import type { Field } from '../nft/facts.ts'
import { inspectionOf, match, payload } from '../nft/facts-fixtures.ts'
import { isCutBehind } from './cut.ts'
import { demandsOf } from './demands.ts'
import { differingRules } from './differing.ts'
import type { Sent } from './sent.ts'
import { Ways } from './ways.ts'

const dport = match(payload('tcp', 'dport'), 2525)
const lifetime = match(payload('ip', 'ttl'), 44)
const from = match(payload('ip', 'saddr'), '192.0.2.7', '!=')
const sport = match(payload('tcp', 'sport'), 4004, '!=')

/** Of a rule behind these, where the first of them decided the probes. */
function isCut(
  before: readonly (readonly object[])[],
  cut: readonly (readonly Field[])[],
): boolean {
  const rules = before.map((expr) => ({ expr: [...expr, { accept: null }] }))
  const old = chainsOf(inspectionOf(rules))
  const own = { expr: [dport, lifetime, { drop: null }] }
  const young = chainsOf(inspectionOf([...rules, own]))
  const { differences, atoms } = differingRules(old, young)
  const [demand] = demandsOf(differences[0]!, new Ways(young, atoms.new))
  const step = { family: 'inet', table: 't', chain: 'input', hook: 'input', verdict: 'accept' }
  const sent: Sent = {
    ...{ from: 'a', to: 'b', family: 4, protocol: 'tcp', answer: 'reply', numbers: PortSet.all },
    packet: { source: '192.0.2.1', target: '192.0.2.2' },
    cut,
  }
  const by = { ...step, handle: 2, rule: 'the first' }
  return isCutBehind(demand!, by, [sent], { atoms: atoms.new, ruleset: young.ruleset })
}

test.each<[string, object[][], Field[][], boolean]>([
  ['a rule with a condition of its own', [[from, dport]], [['source', 'ttl']], true],
  ['nothing was cut', [[from, dport]], [], false],
  ['other fields were cut', [[from, dport]], [['source', 'dscp']], false],
  ['the rule decides every packet', [[dport]], [['source', 'ttl'], ['ttl']], false],
  [
    'a field of a further rule',
    [
      [from, dport],
      [sport, dport],
    ],
    [['source', 'sourcePort', 'ttl']],
    true,
  ],
])('%s', (_, before, cut, expected) => {
  expect(isCut(before, cut)).toBe(expected)
})

test('a field of a rule that a named verdict map leads to', () => {
  const more = {
    chains: [
      ...[{ name: 'input', type: 'filter', hook: 'input', prio: 0, policy: 'accept' }],
      { name: 'odd' },
    ].map((one) => ({ family: 'inet', table: 't', handle: 1, ...one })),
    objects: [
      {
        map: {
          ...{ family: 'inet', table: 't', name: 'm', handle: 9, map: 'verdict' },
          elem: [['a', { jump: { target: 'odd' } }]],
        },
      },
    ],
  }
  const rules = [
    { expr: [from, dport, { accept: null }] },
    { expr: [{ vmap: { key: { meta: { key: 'iifname' } }, data: '@m' } }] },
    { expr: [sport, dport, { accept: null }], chain: 'odd' },
  ]
  const own = { expr: [dport, lifetime, { drop: null }] }
  const young = chainsOf(inspectionOf([...rules, own], more))
  const old = chainsOf(inspectionOf(rules, more))
  const { differences, atoms } = differingRules(old, young)
  const [demand] = demandsOf(differences[0]!, new Ways(young, atoms.new))
  const by = {
    ...{ family: 'inet', table: 't', chain: 'input', hook: 'input', verdict: 'accept' },
    ...{ handle: 2, rule: 'the first' },
  }
  const sent: Sent = {
    ...{ from: 'a', to: 'b', family: 4, protocol: 'tcp', answer: 'reply', numbers: PortSet.all },
    packet: { source: '192.0.2.1', target: '192.0.2.2' },
    cut: [['sourcePort', 'ttl']],
  }
  const cut = isCutBehind(demand!, by, [sent], { atoms: atoms.new, ruleset: young.ruleset })
  expect(cut).toBe(true)
})
