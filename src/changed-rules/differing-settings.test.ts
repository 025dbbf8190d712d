import { expect, test } from 'vitest'
import { chainsOf } from '../nft/chains.ts'
import { type GivenRule, inspectionOf, match, payload } from '../nft/facts-fixtures.ts'
import { differingRules } from './differing.ts'

const DPORT = payload('tcp', 'dport')
const NAMED = { family: 'inet', table: 't', handle: 9 }
const set = (more: object): object => ({
  set: { ...NAMED, name: 's', elem: ['10.0.0.1'], ...more },
})
const elem = (more: object): object => set({ elem: [{ elem: { val: '10.0.0.1', ...more } }] })
const object = (kind: string, more: object, name = 'o'): object => ({
  [kind]: { ...NAMED, name, ...more },
})
const USES_SET: GivenRule = { expr: [match(payload('ip', 'saddr'), '@s'), { accept: null }] }
const uses = (kind: string, value: unknown): GivenRule => ({
  expr: [{ [kind]: value }, { accept: null }],
})
const byMap = (data: unknown): object => ({ map: { key: DPORT, data } })
const ANONYMOUS = byMap({ set: [[22, 'o']] })
const MAP = (kind: string): object => ({
  map: { ...NAMED, name: 'm', type: 'inet_service', map: kind, elem: [[22, 'o']] },
})

/** `new timeout of @s`: the part of each differing rule that no probe varies. */
function told(rule: GivenRule, old: object[], young: object[]): string[] {
  const { differences } = differingRules(
    chainsOf(inspectionOf([rule], { objects: old })),
    chainsOf(inspectionOf([rule], { objects: young })),
  )
  return differences.map((one) =>
    one.kind === 'rule' ? `${one.side} ${one.asked.notVaried.map(({ what }) => what)}` : 'policy',
  )
}

test.each<[string, object, object, string[]]>([
  ['timeout', set({ timeout: 60 }), set({ timeout: 90 }), ['timeout', 'timeout']],
  ['size', set({ size: 10 }), set({ size: 20 }), ['size', 'size']],
  [
    'limit',
    set({ stmt: [{ limit: { rate: 1 } }] }),
    set({ stmt: [{ limit: { rate: 2 } }] }),
    ['limit', 'limit'],
  ],
  ['timeout of an element', elem({ timeout: 5 }), elem({ timeout: 6 }), ['timeout', 'timeout']],
  ['timeout that an element lost', elem({ timeout: 5 }), set({}), ['timeout', '']],
])('sets that differ in the %s are a difference', (_, old, young, [was, is]) => {
  const words = (side: string, what?: string) => `${side} ${what ? `${what} of @s` : ''}`
  expect(told(USES_SET, [old], [young])).toEqual([words('old', was), words('new', is)])
  expect(told(USES_SET, [old], [old])).toEqual([])
})

test('what changes with time is no difference', () => {
  const at = (expires: number, packets: number, used: number): object =>
    elem({ timeout: 9, expires, counter: { packets }, quota: { val: 5, used }, comment: `${used}` })
  expect(told(USES_SET, [at(8, 1, 0)], [at(3, 7, 2)])).toEqual([])
})

test.each<[string, object, object]>([
  ['limit', { rate: 5 }, { rate: 6 }],
  ['quota', { bytes: 5 }, { bytes: 6 }],
  ['ct helper', { type: 'ftp' }, { type: 'sip' }],
  ['ct timeout', { policy: { established: 100 } }, { policy: { established: 2 } }],
  ['ct expectation', { dport: 5 }, { dport: 6 }],
  ['synproxy', { mss: 1460 }, { mss: 536 }],
  ['secmark', { context: 'a' }, { context: 'b' }],
])('objects with other contents are a difference, also through maps: %s', (kind, was, is) => {
  const others = object(kind === 'limit' ? 'quota' : 'limit', { rate: 99 })
  const [old, young] = [object(kind, was), object(kind, is)]
  for (const value of ['o', ANONYMOUS]) {
    const expected = [`old ${kind}`, `new ${kind}`]
    expect(told(uses(kind, value), [old, others], [young, others])).toEqual(expected)
    expect(told(uses(kind, value), [old], [old, others])).toEqual([])
  }
  const named = uses(kind, byMap('@m'))
  expect(told(named, [old, MAP(kind)], [young, MAP(kind)])).toHaveLength(2)
  expect(told(named, [old, MAP(kind)], [old, MAP(kind)])).toEqual([])
})

test.each<[string, string, string, string[]]>([
  ['devices', 'devices = { eth0, eth1 }', 'devices = { eth0 }', ['old flow', 'new flow']],
  [
    'flags',
    'devices = { eth0 }',
    'devices = { eth0 }\n\t\tflags offload',
    ['old flow', 'new flow'],
  ],
  ['the order of devices', 'devices = { eth0, eth1 }', 'devices = { eth1, eth0 }', []],
])('flowtables that differ in %s', (_, was, is, expected) => {
  const rule: GivenRule = { expr: [{ flow: { op: 'add', flowtable: '@f' } }] }
  const loaded = (body: string) =>
    chainsOf({
      ...inspectionOf([rule]),
      listing: `table inet t { # handle 1\n\tflowtable f { # handle 2\n\t\thook ingress priority filter\n\t\t${body}\n\t}\n}\n`,
    })
  const { differences } = differingRules(loaded(was), loaded(is))
  expect(
    differences.map((one) =>
      one.kind === 'rule' ? `${one.side} ${one.asked.notVaried.map(({ what }) => what)}` : '',
    ),
  ).toEqual(expected)
})
