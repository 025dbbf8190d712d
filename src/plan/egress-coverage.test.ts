import { describe, expect, test } from 'vitest'
import { factsOf } from '../analysis/extract.ts'
import type { ZoneAddress } from '../net/address.ts'
import { readAddress } from '../net/address.ts'
import type { Comparison, Field } from '../nft/facts.ts'
import { inspectionOf, match, payload } from '../nft/facts-fixtures.ts'
import { unvariedByEgress } from './egress-coverage.ts'

const address = (text: string): ZoneAddress => {
  const reading = readAddress(text, { prefix: 'required' })
  if (!reading.ok) throw new Error(reading.message)
  return reading.value
}
const NAMED = ['10.20.1.10/24', '203.0.113.10/24', 'fd00:1::10/64'].map(address)
const unvaried = unvariedByEgress(NAMED)
const comparison = (field: string, right: unknown, op = '=='): Comparison => {
  const [protocol, name] = field.split(' ') as [string, string]
  const { comparisons } = factsOf(
    inspectionOf([{ expr: [match(payload(protocol, name), right, op)] }]),
  )
  return comparisons[0]!
}
const prefix = (addr: string, len: number): object => ({ prefix: { addr, len } })

describe('addresses in rules are covered', () => {
  test.each<[string, string, unknown, boolean]>([
    ['the network of a project', 'ip saddr', prefix('10.20.1.0', 24), true],
    ['all except the network of a project', 'ip saddr', prefix('10.20.1.0', 24), true],
    ['half of the network of a project', 'ip saddr', prefix('10.20.1.0', 25), false],
    ['only the host of a project', 'ip saddr', '10.20.1.10', false],
    ['a network of no zone', 'ip daddr', prefix('198.51.100.0', 24), false],
    ['everything', 'ip daddr', prefix('0.0.0.0', 0), true],
    [
      'a set of both networks',
      'ip daddr',
      { set: [prefix('10.20.1.0', 24), prefix('203.0.113.0', 24)] },
      true,
    ],
    [
      'a set with an unknown network',
      'ip daddr',
      { set: [prefix('10.20.1.0', 24), prefix('192.0.2.0', 24)] },
      false,
    ],
    ['IPv6 of a project', 'ip6 saddr', prefix('fd00:1::', 64), true],
    ['a wider IPv6 prefix', 'ip6 saddr', prefix('fd00::', 16), false],
  ])('%s: %s', (_, field, right, isVaried) => {
    const [, side] = field.split(' ')
    const words = side === 'saddr' ? 'source addresses' : 'destination addresses'
    expect(unvaried(comparison(field, right))).toBe(isVaried ? undefined : words)
  })

  test('a negated match needs the same addresses', () => {
    expect(unvaried(comparison('ip saddr', prefix('10.20.1.0', 25), '!='))).toBe('source addresses')
  })
})

test.each<[Field, string, unknown, string | undefined]>([
  ['destinationPort', 'tcp dport', 25, undefined],
  ['sourcePort', 'udp sport', 53, undefined],
  ['icmpType', 'icmp type', 8, undefined],
  ['icmpCode', 'icmp code', 4, 'ICMP codes'],
  ['ttl', 'ip ttl', 1, 'TTLs'],
  ['length', 'ip length', 1000, 'packet lengths'],
  ['dscp', 'ip dscp', 46, 'DSCP values'],
])('%s', (field, asked, right, expected) => {
  const one = comparison(asked, right)
  expect(one.field).toBe(field)
  expect(unvaried(one)).toBe(expected)
})
