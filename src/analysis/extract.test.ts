import { describe, expect, test } from 'vitest'
import { numberOf } from '../net/address.ts'
import type { RuleFacts } from '../nft/facts.ts'
import { type GivenRule, inspectionOf, match, meta, payload } from '../nft/facts-fixtures.ts'
import { factsOf } from './extract.ts'

const ip = (text: string): bigint => numberOf(text)
const factsOfRule = (expr: readonly object[], more: Omit<GivenRule, 'expr'> = {}): RuleFacts =>
  factsOf(inspectionOf([{ expr, ...more }]))
const told = ({ comparisons }: RuleFacts) => comparisons.map(({ where: _, ...rest }) => rest)
const SADDR = payload('ip', 'saddr')
const DPORT = payload('tcp', 'dport')
const TCP = { field: 'protocol', intervals: [[6, 6]] }

describe('a rule compares', () => {
  test.each<[string, object, object[]]>([
    [
      'an address',
      match(SADDR, '10.0.0.1'),
      [{ field: 'source', family: 4, intervals: [[ip('10.0.0.1'), ip('10.0.0.1')]] }],
    ],
    [
      'a prefix, in a reject',
      match(SADDR, { prefix: { addr: '10.0.0.0', len: 8 } }, '!='),
      [{ field: 'source', family: 4, intervals: [[ip('10.0.0.0'), ip('10.255.255.255')]] }],
    ],
    [
      'every address',
      match(SADDR, { prefix: { addr: '0.0.0.0', len: 0 } }),
      [{ field: 'source', family: 4, intervals: [[0n, ip('255.255.255.255')]] }],
    ],
    [
      'a range',
      match(payload('ip6', 'daddr'), { range: ['2001:db8::1', '2001:db8::9'] }),
      [{ field: 'destination', family: 6, intervals: [[ip('2001:db8::1'), ip('2001:db8::9')]] }],
    ],
    [
      'a mask that is a prefix',
      match({ '&': [SADDR, '255.255.0.0'] }, '10.1.0.0'),
      [{ field: 'source', family: 4, intervals: [[ip('10.1.0.0'), ip('10.1.255.255')]] }],
    ],
    [
      'another mask',
      match({ '&': [SADDR, '0.0.0.255'] }, '0.0.0.1'),
      [{ field: 'source', family: 4, intervals: [[1n, 1n]], mask: 255n }],
    ],
    [
      'ports in a set',
      match(DPORT, { set: [22, { range: [80, 90] }, 91] }),
      [
        {
          field: 'destinationPort',
          protocol: 'tcp',
          intervals: [
            [22, 22],
            [80, 91],
          ],
        },
        TCP,
      ],
    ],
    [
      'ports greater than a number',
      match(DPORT, 1024, '>'),
      [{ field: 'destinationPort', protocol: 'tcp', intervals: [[1025, 65535]] }, TCP],
    ],
    [
      'ports less than 0',
      match(DPORT, 0, '<'),
      [{ field: 'destinationPort', protocol: 'tcp', intervals: [] }, TCP],
    ],
    [
      'ports up to a number',
      match(payload('udp', 'sport'), 1023, '<='),
      [
        { field: 'sourcePort', protocol: 'udp', intervals: [[0, 1023]] },
        { field: 'protocol', intervals: [[17, 17]] },
      ],
    ],
    [
      'ports of any transport protocol',
      match(payload('th', 'dport'), 53),
      [{ field: 'destinationPort', intervals: [[53, 53]] }],
    ],
    [
      'protocols by name and number',
      match(payload('ip', 'protocol'), { set: ['icmp', 'esp', 99] }),
      [
        {
          field: 'protocol',
          family: 4,
          intervals: [
            [1, 1],
            [50, 50],
            [99, 99],
          ],
        },
      ],
    ],
    [
      'ICMPv6 types',
      match(payload('icmpv6', 'type'), { set: ['nd-neighbor-solicit', 200] }),
      [
        {
          field: 'icmpType',
          family: 6,
          protocol: 'ipv6-icmp',
          intervals: [
            [135, 135],
            [200, 200],
          ],
        },
        { field: 'protocol', family: 6, intervals: [[58, 58]] },
      ],
    ],
    [
      'a length',
      match(meta('length'), 1000, '>='),
      [{ field: 'length', intervals: [[1000, 65535]] }],
    ],
    [
      'a length without its header',
      match(payload('ip6', 'length'), 20),
      [{ field: 'length', family: 6, intervals: [[60, 60]] }],
    ],
    [
      'a hop limit',
      match(payload('ip6', 'hoplimit'), 255),
      [{ field: 'ttl', family: 6, intervals: [[255, 255]] }],
    ],
    ['a mark', match(meta('mark'), { range: [1, 5] }), [{ field: 'mark', intervals: [[1, 5]] }]],
    [
      'a mark under a mask',
      match({ '&': [meta('mark'), 2953510912] }, 2953510912),
      [{ field: 'mark', intervals: [[2953510912, 2953510912]], mask: 2953510912 }],
    ],
    [
      'the source before translation (ct original)',
      match({ ct: { key: 'ip saddr', dir: 'original' } }, '10.0.0.1'),
      [{ field: 'source', family: 4, intervals: [[ip('10.0.0.1'), ip('10.0.0.1')]] }],
    ],
  ])('%s', (_, expr, wanted) => {
    const facts = factsOfRule([expr, { accept: null }])
    expect(told(facts)).toEqual(wanted)
    expect(facts.opaque).toEqual([])
  })

  test('the packet length of a UDP length depends on the family', () => {
    const facts = factsOfRule([match(payload('udp', 'length'), 28)])
    expect(told(facts).filter(({ field }) => field === 'length')).toEqual([
      { field: 'length', family: 4, protocol: 'udp', intervals: [[48, 48]] },
      { field: 'length', family: 6, protocol: 'udp', intervals: [[68, 68]] },
    ])
  })

  test('a raw payload expression that equals a field is that field', () => {
    const raw = match({ payload: { base: 'nh', offset: 96, len: 32 } }, 167772161)
    expect(told(factsOfRule([raw], { family: 'ip' }))).toEqual([
      { field: 'source', family: 4, intervals: [[ip('10.0.0.1'), ip('10.0.0.1')]] },
    ])
    expect(
      factsOfRule([match({ payload: { base: 'th', offset: 160, len: 8 } }, 1)]).opaque,
    ).toMatchObject([{ what: '@th,160,8' }])
  })

  test('a rule in an inet table belongs to the family that it matches', () => {
    const facts = factsOfRule([match(meta('nfproto'), 'ipv6'), match(DPORT, 22)])
    expect(told(facts)[0]).toMatchObject({ field: 'destinationPort', family: 6 })
  })

  test('the position of a rule has chain, handle and text', () => {
    const { comparisons } = factsOfRule([match(SADDR, '10.0.0.1')], {
      text: 'ip saddr 10.0.0.1 accept',
    })
    expect(comparisons[0]!.where).toEqual({
      family: 'inet',
      table: 't',
      chain: 'input',
      handle: 2,
      text: 'ip saddr 10.0.0.1 accept',
    })
  })
})

describe('probes do not vary', () => {
  test.each<[string, object, string]>([
    [
      'a route',
      match({ fib: { result: 'oif', flags: ['saddr', 'iif'] } }, false),
      'fib saddr . iif oif',
    ],
    ['a user', match(meta('skuid'), 0), 'meta skuid'],
    [
      'a TCP option',
      match({ 'tcp option': { name: 'maxseg', field: 'size' } }, { range: [1, 536] }),
      'tcp option maxseg size',
    ],
    ['a hash', match({ jhash: { mod: 5, expr: SADDR } }, 0), 'jhash'],
    ['an unknown name', match(payload('ip', 'protocol'), 'no-such'), 'protocol'],
    ['an extension of xtables', { xt: { type: 'match', name: 'string' } }, 'xt string'],
  ])('%s', (_, expr, what) => {
    expect(factsOfRule([expr]).opaque).toMatchObject([{ what }])
  })

  test('conditions decided by the family or the state of the flow are not reported', () => {
    const settled = [
      match({ ct: { key: 'state' } }, ['established', 'related'], 'in'),
      match(meta('protocol'), 'ip'),
    ]
    expect(factsOfRule(settled)).toMatchObject({ opaque: [], comparisons: [] })
  })
})

test('TCP flags are compared flag by flag', () => {
  const flags = payload('tcp', 'flags')
  const count = (expr: object): number =>
    factsOfRule([expr]).comparisons[0]!.intervals.reduce(
      (sum, [from, to]) => sum + Number(to) - Number(from) + 1,
      0,
    )
  expect(count(match(flags, 'syn', 'in'))).toBe(128)
  expect(count(match(flags, ['fin', 'syn'], '!'))).toBe(192) // none of them: the same question as any of them
  expect(count(match({ '&': [flags, ['fin', 'syn', 'rst', 'ack']] }, 'syn'))).toBe(16)
  expect(count(match(flags, { set: [{ '|': ['syn', 'ack'] }, 'syn'] }))).toBe(2)
})

test('hooks are those of non-empty chains; bridge tables are not examined', () => {
  const base = (family: string, name: string, policy: string): object => ({
    family,
    table: 't',
    name,
    type: 'filter',
    hook: name,
    prio: 0,
    policy,
  })
  const chains = [
    base('inet', 'input', 'accept'),
    base('inet', 'forward', 'accept'),
    base('ip', 'output', 'drop'),
    base('bridge', 'forward', 'drop'),
  ]
  const { hooks, bases, unexamined } = factsOf(
    inspectionOf(
      [{ expr: [{ accept: null }] }, { expr: [match(SADDR, '10.0.0.1')], family: 'bridge' }],
      { chains },
    ),
  )
  expect([...hooks[4]]).toEqual(['input', 'output'])
  expect([...hooks[6]]).toEqual(['input'])
  expect(bases.map(({ name, isIdle }) => [name, isIdle])).toEqual([
    ['input', false],
    ['forward', true],
    ['output', false],
  ])
  expect(unexamined).toEqual(['bridge t'])
})

test('an empty ruleset has no facts', () => {
  const facts = factsOf({ nft: { nftables: [] }, listing: '', legacy: {} })
  expect(facts).toMatchObject({
    comparisons: [],
    interfaces: [],
    statefulRules: [],
    opaque: [],
    translations: [],
    bases: [],
  })
  expect(factsOf({ nft: null, listing: '', legacy: {} }).comparisons).toEqual([])
})
