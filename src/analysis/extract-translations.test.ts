import { describe, expect, test } from 'vitest'
import { numberOf } from '../net/address.ts'
import type { RuleFacts } from '../nft/facts.ts'
import { type GivenRule, inspectionOf, match, payload } from '../nft/facts-fixtures.ts'
import { factsOf } from './extract.ts'

const ip = (text: string): bigint => numberOf(text)
const factsOfRule = (expr: readonly object[], more: Omit<GivenRule, 'expr'> = {}): RuleFacts =>
  factsOf(inspectionOf([{ expr, ...more }]))
const DPORT = payload('tcp', 'dport')

describe('translations', () => {
  test.each<[string, object, object]>([
    [
      'an address and a port',
      { dnat: { family: 'ip', addr: '10.0.0.5', port: 8080 } },
      {
        kind: 'dnat',
        family: 4,
        addresses: [[ip('10.0.0.5'), ip('10.0.0.5')]],
        ports: [[8080, 8080]],
      },
    ],
    [
      'a range that nft prints as a prefix',
      { dnat: { family: 'ip', addr: { prefix: { addr: '10.0.0.4', len: 31 } } } },
      { kind: 'dnat', addresses: [[ip('10.0.0.4'), ip('10.0.0.5')]], ports: [] },
    ],
    [
      'IPv6',
      { dnat: { addr: '2001:db8::2' } },
      { kind: 'dnat', family: 6, addresses: [[ip('2001:db8::2'), ip('2001:db8::2')]] },
    ],
    [
      'a map of addresses and ports',
      {
        dnat: {
          family: 'ip',
          addr: {
            map: {
              key: DPORT,
              data: {
                set: [
                  [80, { concat: ['10.0.0.1', 8080] }],
                  [443, { concat: ['10.0.0.2', 443] }],
                ],
              },
            },
          },
        },
      },
      {
        addresses: [[ip('10.0.0.1'), ip('10.0.0.2')]],
        ports: [
          [443, 443],
          [8080, 8080],
        ],
      },
    ],
    [
      'a redirection',
      { redirect: { port: 8080 } },
      { kind: 'redirect', addresses: [], ports: [[8080, 8080]] },
    ],
    [
      'a redirection to the same port',
      { redirect: null },
      { kind: 'redirect', addresses: [], ports: [] },
    ],
    [
      'a transparent proxy',
      { tproxy: { port: 12345 } },
      { kind: 'tproxy', ports: [[12345, 12345]] },
    ],
    ['a masquerade', { masquerade: null }, { kind: 'masquerade', addresses: [] }],
    [
      'a destination written by a statement',
      { mangle: { key: payload('ip', 'daddr'), value: '10.0.0.1' } },
      { kind: 'rewrite', family: 4, addresses: [[ip('10.0.0.1'), ip('10.0.0.1')]] },
    ],
  ])('%s', (_, expr, wanted) => {
    expect(factsOfRule([expr]).translations).toMatchObject([wanted])
  })

  test('a translation has the destinations that its rule matches', () => {
    const { translations } = factsOfRule([
      match(payload('ip', 'daddr'), '203.0.113.1'),
      { dnat: { family: 'ip', addr: '10.0.0.5' } },
    ])
    expect(translations[0]!.destinations).toEqual([[ip('203.0.113.1'), ip('203.0.113.1')]])
  })
})
