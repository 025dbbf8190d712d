/** Which source and target addresses are probed. */
import { describe, expect, test } from 'vitest'
import { FIREWALL } from '../lab/lab.ts'
import { match, payload } from '../nft/facts-fixtures.ts'
import { combinationsOf } from './combinations.ts'
import {
  all,
  DADDR,
  EMPTY,
  factsFrom,
  pathOf,
  prefix,
  SADDR,
  standing,
} from './combinations-fixtures.ts'

describe('sources', () => {
  const facts = factsFrom(
    [match(SADDR, { set: ['10.9.3.3', '192.168.2.77'] })],
    [match(SADDR, '8.8.8.8')],
  )

  test('addresses behind the zone come before spoofed addresses', () => {
    const spec = pathOf(
      factsFrom([match(SADDR, '10.9.3.3')], [match(SADDR, '192.168.2.77')]),
      'lan',
      'wan',
    )
    expect(standing(spec).map(({ label, tier }) => [label, tier])).toEqual([
      ['ordinary', 'plausible'],
      ['from 10.9.3.3', 'plausible'],
      ['from 192.168.2.77', 'spoofed'],
    ])
  })

  test('a class is represented by the member behind the zone', () => {
    expect(standing(pathOf(facts, 'dmz', 'wan')).map(({ label }) => label)).toEqual([
      'ordinary',
      'from 192.168.2.77',
      'from 8.8.8.8',
    ])
    expect(
      standing(pathOf(facts, 'wan', 'dmz')).map(({ label, tier }) => `${label} ${tier}`),
    ).toEqual(['ordinary plausible', 'from 8.8.8.8 plausible', 'from 10.9.3.3 spoofed'])
  })

  test('a forbidden address is left out and reported', () => {
    const spec = pathOf(facts, 'wan', 'dmz', { allows: (address) => address !== '8.8.8.8' })
    expect(standing(spec).map(({ label }) => label)).not.toContain('from 8.8.8.8')
    expect(combinationsOf(spec).omitted).toContain(
      '1 classes of source addresses that may not be sent',
    )
  })

  test('loopback, multicast and firewall addresses are never sources', () => {
    const odd = factsFrom(
      [match(SADDR, prefix('127.0.0.0', 8))],
      [match(SADDR, prefix('224.0.0.0', 4))],
      [match(SADDR, '203.0.113.1')],
    )
    expect(standing(pathOf(odd, 'wan', 'lan'))).toHaveLength(1)
  })

  test('the firewall sends from its own addresses', () => {
    const own = factsFrom([match(SADDR, '192.168.1.1')], [match(SADDR, '192.168.1.10')])
    expect(standing(pathOf(own, FIREWALL, 'wan')).map(({ label }) => label)).toEqual([
      'ordinary',
      'from 192.168.1.1',
    ])
  })
})

describe('targets', () => {
  const facts = factsFrom(
    [match(DADDR, '10.9.3.3')],
    [match(DADDR, prefix('192.168.2.0', 24))],
    [match(DADDR, '9.9.9.9')],
  )

  test.each([
    ['dmz', 'lan', ['ordinary', 'to 10.9.3.3']],
    ['lan', 'dmz', ['ordinary']],
    ['lan', 'wan', ['ordinary', 'to 9.9.9.9']],
  ])('from %s to %s, only addresses routed there', (from, to, labels) => {
    expect(standing(pathOf(facts, from, to)).map(({ label }) => label)).toEqual(labels)
  })

  test('towards the firewall, its addresses on all links', () => {
    const own = factsFrom([match(DADDR, '192.168.2.1')])
    expect(all(pathOf(own, 'lan', FIREWALL)).map(({ label }) => label)).toEqual([
      'ordinary',
      'to 192.168.2.1',
      'to 203.0.113.1',
    ])
    expect(all(pathOf(EMPTY, 'lan', FIREWALL)).map(({ label }) => label)).toEqual([
      'ordinary',
      'to 192.168.2.1',
      'to 203.0.113.1',
    ])
  })

  test('a destination translated into the zone is a target', () => {
    const named = factsFrom([
      match(DADDR, '203.0.113.99'),
      { dnat: { family: 'ip', addr: '192.168.2.10' } },
    ])
    expect(standing(pathOf(named, 'wan', 'dmz')).map(({ label }) => label)).toEqual([
      'ordinary',
      'to 203.0.113.99',
    ])
    expect(standing(pathOf(named, 'wan', 'lan')).map(({ label }) => label)).toEqual(['ordinary'])
    const unnamed = factsFrom([
      match(payload('tcp', 'dport'), 80),
      { dnat: { family: 'ip', addr: '192.168.2.10' } },
    ])
    expect(all(pathOf(unnamed, 'wan', 'dmz')).map(({ packet }) => packet.target)).toContain(
      '203.0.113.1',
    )
  })
})
