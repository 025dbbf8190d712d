import { expect, test } from 'vitest'
import { chainsOf } from '../nft/chains.ts'
import { type GivenRule, inspectionOf, match, meta, payload } from '../nft/facts-fixtures.ts'
import { differingRules } from './differing.ts'

const DPORT = payload('tcp', 'dport')
const rule = (...expr: object[]): GivenRule => ({ expr })
const accept = (right: unknown): GivenRule => rule(match(DPORT, right), { accept: null })
const drop = (right: unknown): GivenRule => rule(match(DPORT, right), { drop: null })

type Extras = Parameters<typeof inspectionOf>[1]

/** `old 0`: the first rule of the old one. */
function told(old: GivenRule[], young: GivenRule[], was: Extras = {}, is: Extras = {}): string[] {
  const { differences } = differingRules(
    chainsOf(inspectionOf(old, was)),
    chainsOf(inspectionOf(young, is)),
  )
  return differences.map((one) =>
    one.kind === 'policy'
      ? `${one.side} policy`
      : `${one.side} ${one.asked.atom.index}${one.past ? ` past ${one.past.map(({ atom }) => atom.index)}` : ''}`,
  )
}

test.each<[string, GivenRule[], GivenRule[]]>([
  ['a set and rules', [accept({ set: [22, 80] })], [accept(80), accept(22)]],
  [
    'a verdict map and rules',
    [accept(22), drop(80)],
    [
      rule({
        vmap: {
          key: DPORT,
          data: {
            set: [
              [80, { drop: null }],
              [22, { accept: null }],
            ],
          },
        },
      }),
    ],
  ],
  [
    'a concatenation and single matches',
    [rule(match(meta('iifname'), 'a'), match(DPORT, 22), { accept: null })],
    [
      rule(match({ concat: [DPORT, meta('iifname')] }, { set: [{ concat: [22, 'a'] }] }), {
        accept: null,
      }),
    ],
  ],
  [
    'counters, logs and rules without effect',
    [accept(22)],
    [
      rule(match(DPORT, 9), { counter: null }),
      rule(match(DPORT, 22), { log: null }, { counter: null }, { accept: null }),
    ],
  ],
  ['independent rules in another order', [accept(22), drop(25)], [drop(25), accept(22)]],
])('%s are the same', (_, old, young) => {
  expect(told(old, young)).toEqual([])
})

test('only the differing elements of a set are a difference', () => {
  const many = Array.from({ length: 200 }, (_, i) => 1000 + i)
  expect(told([accept({ set: many })], [accept({ set: [...many, 9] })])).toEqual(['new 0'])
})

test('overlapping, contradicting rules in another order are a difference', () => {
  const all = rule({ drop: null })
  expect(told([accept(22), all], [all, accept(22)])).toEqual([
    expect.stringMatching(/^new \d past \d$/),
  ])
  expect(told([accept(22), rule({ accept: null })], [rule({ accept: null }), accept(22)])).toEqual(
    [],
  )
})

test('sets of a million elements are compared', () => {
  const set = (elem: unknown[]): Extras => ({
    objects: [{ set: { family: 'inet', table: 't', name: 's', handle: 9, elem } }],
  })
  const asks = [rule(match(payload('ip', 'saddr'), '@s'), { drop: null })]
  const many = Array.from(
    { length: 100_000 },
    (_, i) => `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`,
  )
  expect(told(asks, asks, set(many), set([...many]))).toEqual([])
  expect(told(asks, asks, set(many), set([...many, '192.0.2.1']))).toEqual(['new 0'])
})

test('limits with the same name and another rate are a difference', () => {
  const limit = (rate: number): Extras => ({
    objects: [{ limit: { family: 'inet', table: 't', name: 'l', handle: 9, rate, per: 'second' } }],
  })
  const limited = [rule(match(DPORT, 22), { limit: 'l' }, { accept: null })]
  expect(told(limited, limited, limit(5), limit(5))).toEqual([])
  expect(told(limited, limited, limit(5), limit(6))).toEqual(['old 0', 'new 0'])
})

test('other policies, hooks and priorities are differences', () => {
  const base = (more: object): Extras => ({
    chains: [
      {
        ...{ family: 'inet', table: 't', name: 'input', handle: 1, type: 'filter', hook: 'input' },
        ...{ prio: 0, policy: 'accept' },
        ...more,
      },
    ],
  })
  const one = [accept(22)]
  expect(told(one, one, base({}), base({ policy: 'drop' }))).toEqual(['old policy', 'new policy'])
  expect(told(one, one, base({}), base({ prio: 10 }))).toEqual([])
  expect(told(one, one, base({}), base({ prio: -250 }))).toContain('new 0')
  expect(told(one, one, base({}), base({ hook: 'forward' }))).toContain('old 0')
})

test('10,000 rules with one verdict in another order are not a difference', () => {
  const many = Array.from({ length: 10_000 }, (_, i) => accept(i))
  expect(told(many, many.toReversed())).toEqual([])
})
