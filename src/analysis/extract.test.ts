import { describe, expect, test } from 'vitest'
import { numberOf } from '../net/address.ts'
import type { RuleFacts } from '../nft/facts.ts'
import { type GivenRule, inspectionOf, match, meta, payload } from '../nft/facts-fixtures.ts'
import { factsOf } from './extract.ts'
import { ICMP_ERRORS } from './reachability.ts'

const ip = (text: string): bigint => numberOf(text)
const factsOfRule = (expr: readonly object[], more: Omit<GivenRule, 'expr'> = {}): RuleFacts =>
  factsOf(inspectionOf([{ expr, ...more }]))
const told = ({ comparisons }: RuleFacts) => comparisons.map(({ where: _, ...rest }) => rest)

const SADDR = payload('ip', 'saddr')
const DPORT = payload('tcp', 'dport')
const TCP = { field: 'protocol', intervals: [[6, 6]] }

describe('what a rule compares', () => {
  test.each<[string, object, object[]]>([
    [
      'an address',
      match(SADDR, '10.0.0.1'),
      [{ field: 'source', family: 4, intervals: [[ip('10.0.0.1'), ip('10.0.0.1')]] }],
    ],
    [
      'a prefix, refused',
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
      'a mask of leading ones',
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
      'ports above',
      match(DPORT, 1024, '>'),
      [{ field: 'destinationPort', protocol: 'tcp', intervals: [[1025, 65535]] }, TCP],
    ],
    [
      'ports below 0',
      match(DPORT, 0, '<'),
      [{ field: 'destinationPort', protocol: 'tcp', intervals: [] }, TCP],
    ],
    [
      'ports up to',
      match(payload('udp', 'sport'), 1023, '<='),
      [
        { field: 'sourcePort', protocol: 'udp', intervals: [[0, 1023]] },
        { field: 'protocol', intervals: [[17, 17]] },
      ],
    ],
    [
      'ports of any transport',
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
      'what was the source before translation',
      match({ ct: { key: 'ip saddr', dir: 'original' } }, '10.0.0.1'),
      [{ field: 'source', family: 4, intervals: [[ip('10.0.0.1'), ip('10.0.0.1')]] }],
    ],
  ])('%s', (_, expr, wanted) => {
    const facts = factsOfRule([expr, { accept: null }])
    expect(told(facts)).toEqual(wanted)
    expect(facts.opaque).toEqual([])
  })

  test('a length of UDP is another one in each family', () => {
    const facts = factsOfRule([match(payload('udp', 'length'), 28)])
    expect(told(facts).filter(({ field }) => field === 'length')).toEqual([
      { field: 'length', family: 4, protocol: 'udp', intervals: [[48, 48]] },
      { field: 'length', family: 6, protocol: 'udp', intervals: [[68, 68]] },
    ])
  })

  test('raw payload that is a plain field is that field', () => {
    const raw = match({ payload: { base: 'nh', offset: 96, len: 32 } }, 167772161)
    expect(told(factsOfRule([raw], { family: 'ip' }))).toEqual([
      { field: 'source', family: 4, intervals: [[ip('10.0.0.1'), ip('10.0.0.1')]] },
    ])
    expect(
      factsOfRule([match({ payload: { base: 'th', offset: 160, len: 8 } }, 1)]).opaque,
    ).toMatchObject([{ what: '@th,160,8' }])
  })

  test('a rule of both families is of the one that it asks for', () => {
    const facts = factsOfRule([match(meta('nfproto'), 'ipv6'), match(DPORT, 22)])
    expect(told(facts)[0]).toMatchObject({ field: 'destinationPort', family: 6 })
  })

  test('a place names chain, handle and text', () => {
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

describe('sets and maps', () => {
  const named = (name: string, elem: unknown[], kind = 'set', more: object = {}): object => ({
    [kind]: { family: 'inet', table: 't', name, elem, ...more },
  })
  const asked = (expr: object, objects: object[] = []): unknown[] =>
    factsOf(inspectionOf([{ expr: [expr] }], { objects }))
      .comparisons.filter(({ field }) => field !== 'protocol')
      .map(({ field, intervals }) => [field, intervals])

  test('a named set is one question, its elements with timeouts and comments too', () => {
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

  test('keys of a verdict map are told apart by their verdicts', () => {
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

  test('parts of a concatenation are told apart by the other parts', () => {
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

  test('interfaces in a concatenation, and wildcards', () => {
    const set = [{ concat: ['eth*', '10.0.0.1'] }, { concat: ['wg0', '10.0.0.2'] }]
    const { interfaces } = factsOfRule([match({ concat: [meta('iifname'), SADDR] }, { set })])
    expect(interfaces.map(({ direction, names }) => [direction, names])).toEqual([
      ['in', ['eth*']],
      ['in', ['wg0']],
    ])
  })

  test('a set that nobody fills asks nothing, and one that is missing neither', () => {
    expect(asked(match(SADDR, '@s'), [named('s', [])])).toEqual([['source', []]])
    expect(asked(match(SADDR, '@t'))).toEqual([['source', []]])
  })

  test('a map inside a statement is asked too', () => {
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

const ACCEPT = { accept: null }

describe('what remembers', () => {
  test.each<[string, object, string, number | null]>([
    ['a limit', { limit: { rate: 10, burst: 5, per: 'second' } }, 'limit', 16],
    [
      'a limit by the minute',
      { limit: { rate: 3, burst: 2, per: 'minute', inv: true } },
      'limit',
      4,
    ],
    [
      'a limit of bytes',
      { limit: { rate: 1, burst: 2, per: 'second', rate_unit: 'kbytes', burst_unit: 'kbytes' } },
      'limit',
      115,
    ],
    [
      'a limit beyond reach',
      { limit: { rate: 10, burst: 0, per: 'second', rate_unit: 'mbytes', burst_unit: 'bytes' } },
      'limit',
      null,
    ],
    ['a quota', { quota: { val: 100, val_unit: 'bytes', inv: true } }, 'quota', 4],
    ['a quota beyond reach', { quota: { val: 500, val_unit: 'mbytes' } }, 'quota', null],
    ['a count of connections', { 'ct count': { val: 5, inv: true } }, 'connections', 6],
    [
      'a meter',
      {
        meter: {
          key: SADDR,
          stmt: { limit: { rate: 10, burst: 5, per: 'second' } },
          size: 65535,
          name: 'mm',
        },
      },
      'limit',
      16,
    ],
    ['a set that grows', { set: { op: 'add', elem: SADDR, set: '@s' } }, 'set', 2],
    [
      'turns',
      {
        vmap: {
          key: { numgen: { mode: 'inc', mod: 2, offset: 0 } },
          data: {
            set: [
              [0, { accept: null }],
              [1, { drop: null }],
            ],
          },
        },
      },
      'turns',
      2,
    ],
    ['chance', match({ numgen: { mode: 'random', mod: 10, offset: 0 } }, 3, '<'), 'random', 200],
  ])('%s', (_, expr, kind, burst) => {
    expect(factsOfRule([expr, ACCEPT]).statefulRules).toMatchObject([{ kind, burst }])
  })

  test('a named limit, and the rule that asks a set which another rule fills', () => {
    const limit = {
      limit: { family: 'inet', table: 't', name: 'l1', rate: 10, per: 'second', burst: 5 },
    }
    const rules = [
      { expr: [{ limit: 'l1' }, ACCEPT] },
      { expr: [{ set: { op: 'add', elem: SADDR, set: '@s' } }] },
      { expr: [match(SADDR, '@s'), ACCEPT] },
    ]
    const { statefulRules } = factsOf(
      inspectionOf(rules, { objects: [limit, { set: { family: 'inet', table: 't', name: 's' } }] }),
    )
    expect(statefulRules.map(({ kind, burst, where }) => [kind, burst, where.handle])).toEqual([
      ['limit', 16, 2],
      ['set', 2, 3],
      ['set', 2, 4],
    ])
  })
})

describe('of whom it is remembered', () => {
  const LIMIT = { limit: { rate: 10, burst: 5, per: 'second' } }
  const jump = (target: string, verdict = 'jump'): object => ({ [verdict]: { target } })
  const DPORT = match(payload('tcp', 'dport'), 22)
  const remembered = (...rules: { chain?: string; expr: object[] }[]) =>
    factsOf(inspectionOf(rules)).statefulRules

  test.each<[string, { chain?: string; expr: object[] }[], number]>([
    ['a limit of a log', [{ expr: [LIMIT, { log: null }] }], 0],
    [
      'a jump to where only logs are written',
      [
        { expr: [LIMIT, jump('logs')] },
        { chain: 'logs', expr: [{ counter: null }, { log: null }] },
      ],
      0,
    ],
    [
      'a return in front of logs',
      [
        { expr: [jump('logs')] },
        { chain: 'logs', expr: [LIMIT, { return: null }] },
        { chain: 'logs', expr: [{ log: null }] },
      ],
      0,
    ],
    [
      'a return in front of more',
      [
        { expr: [jump('more')] },
        { chain: 'more', expr: [LIMIT, { return: null }] },
        { chain: 'more', expr: [{ drop: null }] },
      ],
      1,
    ],
    [
      'one that goes where only logs are written, and never comes to what drops',
      [
        { expr: [LIMIT, jump('logs', 'goto')] },
        { expr: [{ drop: null }] },
        { chain: 'logs', expr: [{ log: null }] },
      ],
      1,
    ],
    ['a jump to a chain without rules', [{ expr: [LIMIT, jump('none')] }], 0],
    ['a limit of a mark', [{ expr: [LIMIT, { mangle: { key: meta('mark'), value: 1 } }] }], 1],
    ['a limit of what drops', [{ expr: [LIMIT, { drop: null }] }], 1],
  ])('%s', (_, rules, count) => {
    expect(remembered(...rules)).toHaveLength(count)
  })

  test.each<[string, { chain?: string; expr: object[] }[], object]>([
    ['all packets', [{ expr: [LIMIT, ACCEPT] }], { families: [4, 6] }],
    ['TCP', [{ expr: [DPORT, LIMIT, ACCEPT] }], { families: [4, 6], protocols: [6] }],
    [
      'no protocol but TCP',
      [{ expr: [match(meta('l4proto'), 'tcp', '!='), LIMIT, ACCEPT] }],
      { families: [4, 6] },
    ],
    [
      'a set of protocols',
      [{ expr: [match(meta('l4proto'), { set: ['tcp', 'icmpv6'] }), LIMIT, ACCEPT] }],
      { protocols: [6, 58, ICMP_ERRORS] },
    ],
    [
      'echo requests',
      [{ expr: [match(payload('icmp', 'type'), 'echo-request'), LIMIT, ACCEPT] }],
      { families: [4], protocols: [1] },
    ],
    [
      'errors, which answer everything',
      [
        {
          expr: [
            match(payload('icmp', 'type'), { set: ['echo-request', 'destination-unreachable'] }),
            LIMIT,
            ACCEPT,
          ],
        },
      ],
      { families: [4], protocols: [1, ICMP_ERRORS] },
    ],
    [
      'what is led there',
      [
        { expr: [DPORT, jump('ssh')] },
        { expr: [match(payload('udp', 'dport'), 22), jump('ssh')] },
        { chain: 'ssh', expr: [LIMIT, ACCEPT] },
      ],
      { families: [4, 6], protocols: [6, 17] },
    ],
    ['nothing is led there', [{ chain: 'unused', expr: [LIMIT, ACCEPT] }], { protocols: [] }],
  ])('%s', (_, rules, reach) => {
    expect(remembered(...rules)).toMatchObject([reach])
  })
})

describe('what is not varied', () => {
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
    ['a name that is not known', match(payload('ip', 'protocol'), 'no-such'), 'protocol'],
    ['an extension of xtables', { xt: { type: 'match', name: 'string' } }, 'xt string'],
  ])('%s', (_, expr, what) => {
    expect(factsOfRule([expr]).opaque).toMatchObject([{ what }])
  })

  test('what the family and the course of a flow settle is not told', () => {
    const settled = [
      match({ ct: { key: 'state' } }, ['established', 'related'], 'in'),
      match(meta('protocol'), 'ip'),
    ]
    expect(factsOfRule(settled)).toMatchObject({ opaque: [], comparisons: [] })
  })
})

test('TCP flags are worked out flag by flag', () => {
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
      'a destination that is written',
      { mangle: { key: payload('ip', 'daddr'), value: '10.0.0.1' } },
      { kind: 'rewrite', family: 4, addresses: [[ip('10.0.0.1'), ip('10.0.0.1')]] },
    ],
  ])('%s', (_, expr, wanted) => {
    expect(factsOfRule([expr]).translations).toMatchObject([wanted])
  })

  test('a rule says which destinations it translates', () => {
    const { translations } = factsOfRule([
      match(payload('ip', 'daddr'), '203.0.113.1'),
      { dnat: { family: 'ip', addr: '10.0.0.5' } },
    ])
    expect(translations[0]!.destinations).toEqual([[ip('203.0.113.1'), ip('203.0.113.1')]])
  })
})

test('hooks are those of chains that do something; bridges are not examined', () => {
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

test('fields are compared together by one rule, and by the rules that jump to it', () => {
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
