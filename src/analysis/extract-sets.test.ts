import { describe, expect, test } from 'vitest'
import { numberOf } from '../net/address.ts'
import type { RuleFacts } from '../nft/facts.ts'
import { type GivenRule, inspectionOf, match, meta, payload } from '../nft/facts-fixtures.ts'
import { factsOf } from './extract.ts'

const ip = (text: string): bigint => numberOf(text)
const factsOfRule = (expr: readonly object[], more: Omit<GivenRule, 'expr'> = {}): RuleFacts =>
  factsOf(inspectionOf([{ expr, ...more }]))
const SADDR = payload('ip', 'saddr')
const DPORT = payload('tcp', 'dport')

describe('sets and maps', () => {
  const named = (name: string, elem: unknown[], kind = 'set', more: object = {}): object => ({
    [kind]: { family: 'inet', table: 't', name, elem, ...more },
  })
  const asked = (expr: object, objects: object[] = []): unknown[] =>
    factsOf(inspectionOf([{ expr: [expr] }], { objects }))
      .comparisons.filter(({ field }) => field !== 'protocol')
      .map(({ field, intervals }) => [field, intervals])

  test('a named set is one comparison, including elements with timeouts and comments', () => {
    const elem = [
      { elem: { val: '10.0.0.1', timeout: 30, expires: 7 } },
      '10.0.0.2',
      { prefix: { addr: '10.1.0.0', len: 16 } },
    ]
    expect(asked(match(SADDR, '@s'), [named('s', elem)])).toEqual([
      [
        'source',
        [
          [ip('10.0.0.1'), ip('10.0.0.2')],
          [ip('10.1.0.0'), ip('10.1.255.255')],
        ],
      ],
    ])
  })

  test('keys of a verdict map are grouped by their verdicts', () => {
    const set = [
      [22, { accept: null }],
      [80, { drop: null }],
      [443, { accept: null }],
    ]
    expect(asked({ vmap: { key: DPORT, data: { set } } })).toEqual([
      [
        'destinationPort',
        [
          [22, 22],
          [443, 443],
        ],
      ],
      ['destinationPort', [[80, 80]]],
    ])
  })

  test('parts of a concatenation are grouped by the other parts', () => {
    const set = [
      { concat: ['10.0.0.1', 22] },
      { concat: ['10.0.0.2', 23] },
      { concat: ['10.0.0.3', 22] },
    ]
    expect(asked(match({ concat: [SADDR, DPORT] }, { set }))).toEqual([
      [
        'source',
        [
          [ip('10.0.0.1'), ip('10.0.0.1')],
          [ip('10.0.0.3'), ip('10.0.0.3')],
        ],
      ],
      ['source', [[ip('10.0.0.2'), ip('10.0.0.2')]]],
      ['destinationPort', [[22, 22]]],
      ['destinationPort', [[23, 23]]],
      ['destinationPort', [[22, 22]]],
    ])
  })

  test('interfaces in a concatenation and wildcards are compared', () => {
    const set = [{ concat: ['eth*', '10.0.0.1'] }, { concat: ['wg0', '10.0.0.2'] }]
    const { interfaces } = factsOfRule([match({ concat: [meta('iifname'), SADDR] }, { set })])
    expect(interfaces.map(({ direction, names }) => [direction, names])).toEqual([
      ['in', ['eth*']],
      ['in', ['wg0']],
    ])
  })

  test('an empty set and a missing set compare nothing', () => {
    expect(asked(match(SADDR, '@s'), [named('s', [])])).toEqual([['source', []]])
    expect(asked(match(SADDR, '@t'))).toEqual([['source', []]])
  })

  test('a map in a statement is a comparison', () => {
    const expr = {
      mangle: {
        key: meta('mark'),
        value: {
          map: {
            key: DPORT,
            data: {
              set: [
                [22, 1],
                [80, 2],
              ],
            },
          },
        },
      },
    }
    expect(asked(expr)).toEqual([
      ['destinationPort', [[22, 22]]],
      ['destinationPort', [[80, 80]]],
    ])
  })
})

test('fields are compared jointly by one rule and the rules that jump to it', () => {
  const jump = (target: string): object => ({ jump: { target } })
  const rules = [
    { expr: [match(SADDR, '10.0.0.1'), jump('a')] },
    { expr: [{ vmap: { key: meta('mark'), data: { set: [[1, jump('a')]] } } }] },
    { expr: [match(payload('ip', 'ttl'), 1)], chain: 'a' },
  ]
  const { jointFields } = factsOf(inspectionOf(rules))
  expect(jointFields.map((set) => [...set].sort())).toEqual([
    ['source', 'ttl'],
    ['mark', 'ttl'],
  ])
})
