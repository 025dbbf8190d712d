import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FIREWALL, type LabZone } from '../lab/lab.ts'
import type { RuleFacts } from '../nft/facts.ts'
import { inspectionOf, match, meta, payload } from '../nft/facts-fixtures.ts'
import { type Combination, combinationsOf } from './combinations.ts'
import { factsOf } from './extract.ts'
import type { PathSpec } from './field-values.ts'

const zone = (name: string, v4: string, more: Partial<LabZone> = {}): LabZone => ({
  name,
  link: name,
  addresses: [{ family: 4, address: v4, prefixLength: 24 }],
  ...more,
})
const LAN = zone('lan', '192.168.1.10', { routes: ['10.9.0.0/16'] })
const DMZ = zone('dmz', '192.168.2.10')
const WAN = zone('wan', '203.0.113.10', { isDefault: true })
const ZONES = [LAN, DMZ, WAN]

const factsFrom = (...rules: object[][]): RuleFacts =>
  factsOf(inspectionOf(rules.map((expr) => ({ expr }))))
const pathOf = (
  facts: RuleFacts,
  from: string,
  to: string,
  more: Partial<PathSpec> = {},
): PathSpec => ({
  facts: [facts],
  zones: ZONES,
  path: { from, to },
  family: 4,
  protocol: 'tcp',
  ...more,
})
const all = (spec: PathSpec): Combination[] => [...combinationsOf(spec)]
const standing = (spec: PathSpec): Combination[] => all(spec).filter(({ tier }) => tier !== 'edge')

const SADDR = payload('ip', 'saddr')
const DADDR = payload('ip', 'daddr')
const prefix = (addr: string, len: number): object => ({ prefix: { addr, len } })
const EMPTY = factsFrom()

describe('the ordinary packet', () => {
  test.each([
    ['lan', 'wan', '192.168.1.10', '203.0.113.10'],
    ['lan', FIREWALL, '192.168.1.10', '192.168.1.1'],
    [FIREWALL, 'wan', '203.0.113.1', '203.0.113.10'],
  ])('from %s to %s', (from, to, source, target) => {
    const [first] = all(pathOf(EMPTY, from, to))
    expect(first).toEqual({
      packet: { source, target },
      label: 'ordinary',
      level: 'ordinary',
      tier: 'plausible',
      fields: [],
      rank: 0,
    })
  })

  test('is all there is between zones where nothing is compared', () => {
    expect(combinationsOf(pathOf(EMPTY, 'lan', 'wan')).total).toBe(1n)
  })

  test('is not there where a zone has nobody of the family, or does not exist', () => {
    expect(all(pathOf(EMPTY, 'lan', 'wan', { family: 6 }))).toEqual([])
    expect(all(pathOf(EMPTY, 'lan', 'nowhere'))).toEqual([])
    expect(combinationsOf(pathOf(EMPTY, 'lan', 'nowhere')).total).toBe(0n)
  })
})

describe('sources', () => {
  const facts = factsFrom(
    [match(SADDR, { set: ['10.9.3.3', '192.168.2.77'] })],
    [match(SADDR, '8.8.8.8')],
  )

  test('what belongs behind the zone comes before what is spoofed', () => {
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

  test('a class is stood for by the member that belongs there', () => {
    expect(standing(pathOf(facts, 'dmz', 'wan')).map(({ label }) => label)).toEqual([
      'ordinary',
      'from 192.168.2.77',
      'from 8.8.8.8',
    ])
    expect(
      standing(pathOf(facts, 'wan', 'dmz')).map(({ label, tier }) => `${label} ${tier}`),
    ).toEqual(['ordinary plausible', 'from 8.8.8.8 plausible', 'from 10.9.3.3 spoofed'])
  })

  test('an address that may not be sent is left out, and that is told', () => {
    const spec = pathOf(facts, 'wan', 'dmz', { allows: (address) => address !== '8.8.8.8' })
    expect(standing(spec).map(({ label }) => label)).not.toContain('from 8.8.8.8')
    expect(combinationsOf(spec).omitted).toContain(
      '1 classes of source addresses that may not be sent',
    )
  })

  test('nobody sends from a loopback or multicast address, nor from the firewall’s own', () => {
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
  ])('from %s to %s only what is routed there', (from, to, labels) => {
    expect(standing(pathOf(facts, from, to)).map(({ label }) => label)).toEqual(labels)
  })

  test('towards the firewall, its addresses on every link', () => {
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

  test('a destination that is translated into the zone is one too', () => {
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

describe('other fields', () => {
  test('source ports that the ruleset tells apart, for protocols that have them', () => {
    const facts = factsFrom([match(payload('udp', 'sport'), 53)])
    const ports = (protocol: 'tcp' | 'udp'): unknown[] =>
      standing(pathOf(facts, 'lan', 'wan', { protocol })).map(({ packet }) => packet.sourcePort)
    expect(ports('udp')).toEqual([undefined, 53])
    expect(ports('tcp')).toEqual([undefined])
    expect(all(pathOf(facts, 'lan', 'wan', { protocol: 'udp' })).map(({ label }) => label)).toEqual(
      ['ordinary', 'source port 53', 'source port 52', 'source port 54'],
    )
  })

  test('where ordinary source ports are told apart, the ordinary one is fixed', () => {
    const facts = factsFrom([match(payload('tcp', 'sport'), 40000, '>=')])
    expect(standing(pathOf(facts, 'lan', 'wan')).map(({ packet }) => packet.sourcePort)).toEqual([
      49152, 0,
    ])
  })

  test('lengths and hop limits that packets can have', () => {
    const facts = factsFrom(
      [match(meta('length'), 1000, '>')],
      [match(payload('ip', 'ttl'), 1)],
      [match(payload('ip', 'length'), 9000)],
    )
    expect(standing(pathOf(facts, 'lan', 'wan')).map(({ label }) => label)).toEqual([
      'ordinary',
      'length 1001',
    ])
    expect(
      standing(pathOf(facts, 'lan', FIREWALL))
        .filter(({ fields }) => !fields.includes('target'))
        .map(({ label }) => label),
    ).toEqual(['ordinary', 'length 1001', 'TTL 1', 'length 1001, TTL 1'])
  })

  test('only the firewall’s own packets have marks', () => {
    const facts = factsFrom([match(meta('mark'), 7)])
    expect(standing(pathOf(facts, FIREWALL, 'wan')).map(({ packet }) => packet.mark)).toEqual([
      undefined,
      7,
    ])
    expect(standing(pathOf(facts, 'lan', 'wan'))).toHaveLength(1)
  })
})

describe('fields of few values', () => {
  const labels = (protocol: PathSpec['protocol'], ...exprs: object[]): string[] =>
    all(pathOf(factsFrom(exprs), 'wan', 'lan', { protocol }))
      .filter(({ level }) => level === 'one field')
      .map(({ label }) => label)
  const flags = (mask: string[], value: string[] | string): object =>
    match({ '&': [payload('tcp', 'flags'), mask] }, value)

  test('TCP flags: the likeliest of every class that the masks make, but that of a SYN', () => {
    expect(labels('tcp', flags(['fin', 'syn', 'rst', 'ack'], 'syn'))).toEqual(['flags ack'])
    expect(
      labels('tcp', flags(['fin', 'syn'], ['fin', 'syn']), flags(['fin', 'rst'], ['fin', 'rst'])),
    ).toEqual(['flags fin,syn', 'flags fin,rst', 'flags fin,syn,rst,psh,ack,urg'])
    expect(labels('udp', flags(['fin', 'syn'], ['fin', 'syn']))).toEqual([])
  })

  test('DSCP and ICMP codes', () => {
    expect(labels('udp', match(payload('ip', 'dscp'), 'ef'))).toEqual(['DSCP 46'])
    const code = match(payload('icmp', 'code'), { set: ['net-unreachable', 'port-unreachable'] })
    expect(labels('icmp', code)).toEqual(['code 1'])
    expect(labels('tcp', code)).toEqual([])
  })
})

describe('order', () => {
  const facts = factsFrom(
    [match(SADDR, '10.9.3.3'), match(payload('tcp', 'sport'), 53)],
    [match(meta('length'), 1000, '>')],
  )

  test('one field, then what one rule compares together, then pairs, then the rest', () => {
    const found = standing(pathOf(facts, 'lan', 'wan'))
    expect(found.map(({ label, level }) => `${level}: ${label}`)).toEqual([
      'ordinary: ordinary',
      'one field: from 10.9.3.3',
      'one field: source port 53',
      'one field: length 1001',
      'one rule: from 10.9.3.3, source port 53',
      'two fields: from 10.9.3.3, length 1001',
      'two fields: source port 53, length 1001',
      'more fields: from 10.9.3.3, source port 53, length 1001',
    ])
  })

  test('every combination comes once, by rank, and there are as many as the product says', () => {
    const part = fc.constantFrom(
      match(SADDR, prefix('10.9.0.0', 20)),
      match(SADDR, '192.168.2.50'),
      match(DADDR, { range: ['203.0.113.20', '203.0.113.30'] }),
      match(payload('tcp', 'sport'), { set: [20, 53] }),
      match(payload('ip', 'ttl'), 5, '<'),
      match(meta('length'), 500),
    )
    fc.assert(
      fc.property(
        fc.array(fc.array(part, { minLength: 1, maxLength: 3 }), { maxLength: 4 }),
        (rules) => {
          const combinations = combinationsOf(pathOf(factsFrom(...rules), 'lan', 'wan'))
          const found = [...combinations]
          expect(BigInt(found.length)).toBe(combinations.total)
          expect(new Set(found.map(({ label }) => label)).size).toBe(found.length)
          expect(found.every(({ rank }, i) => i === 0 || found[i - 1]!.rank <= rank)).toBe(true)
          expect([...combinations.counts.values()].reduce((sum, n) => sum + n, 0n)).toBe(
            combinations.total,
          )
          expect([...combinations]).toEqual(found)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('a huge product is counted without being made', () => {
    const many = Array.from({ length: 300 }, (_, i) => [
      match(SADDR, `10.9.${i % 250}.${i + 1 > 255 ? i - 250 : i + 1}`),
      match(DADDR, `198.51.100.${(i % 250) + 2}`),
      match(payload('tcp', 'sport'), i * 7),
    ])
    const combinations = combinationsOf(pathOf(factsFrom(...many), 'lan', 'wan'))
    expect(combinations.total).toBeGreaterThan(10_000_000n)
    expect(combinations[Symbol.iterator]().next().value).toMatchObject({ label: 'ordinary' })
  })
})
