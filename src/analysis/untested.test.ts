import { describe, expect, test } from 'vitest'
import type { Hook } from '../nft/facts.ts'
import { type GivenRule, inspectionOf, match, meta, payload } from '../nft/facts-fixtures.ts'
import { FIELD_WORDS, type Probed, unprobedRules, untestedRules } from './untested.ts'

const ON_FORWARD: readonly Hook[] = ['prerouting', 'forward', 'postrouting']
const probed = (more: Partial<Probed> = {}): Probed => ({
  family: 4,
  hooks: new Set(ON_FORWARD),
  links: ['lan0', 'wan0'],
  unvaried: ({ field }) => (field === 'ttl' ? FIELD_WORDS.ttl : undefined),
  ...more,
})
const chain = (name: string, hook?: string) => ({
  ...{ family: 'inet', table: 't', name, handle: 1 },
  ...(hook === undefined ? {} : { type: 'filter', hook, prio: 0, policy: 'accept' }),
})
const CHAINS = [chain('input', 'input'), chain('forward', 'forward'), chain('helper')]

const ACCEPT = { accept: null }
const SKUID = match(meta('skuid'), 1000)
const MSS = match({ 'tcp option': { name: 'maxseg', field: 'size' } }, 500, '<')
const TTL = match(payload('ip', 'ttl'), 64)

function listed(rules: readonly GivenRule[], more: Partial<Probed> = {}): string[] {
  const all = rules.map((rule) => ({ chain: 'forward', ...rule }))
  return untestedRules(inspectionOf(all, { chains: CHAINS }), probed(more)).map(
    ({ where, what }) => `${where.chain} ${where.handle}: ${what.join(', ')}`,
  )
}

const state = (...values: string[]) => match({ ct: { key: 'state' } }, values, 'in')
const DPORT = match(payload('tcp', 'dport'), 2525)
const DROP = { drop: null }

describe('states of connection tracking', () => {
  test.each<[string, GivenRule[], string[]]>([
    ['no probe is invalid', [{ expr: [state('invalid'), DPORT, ACCEPT] }], ['ct state invalid']],
    ['no probe is untracked', [{ expr: [state('untracked'), ACCEPT] }], ['ct state untracked']],
    ['a rule that drops them lets nothing through', [{ expr: [state('invalid'), DROP] }], []],
    ['a new flow is enough', [{ expr: [state('new', 'invalid'), ACCEPT] }], []],
    [
      'messages of every type are sent',
      [{ expr: [state('invalid'), match(meta('l4proto'), 'icmp'), ACCEPT] }],
      [],
    ],
    [
      'segments with other flags are sent',
      [
        {
          expr: [state('invalid'), match(payload('tcp', 'flags'), 4), ACCEPT],
        },
      ],
      [],
    ],
    [
      'a chain that drops lets nothing through',
      [
        { expr: [state('invalid'), { jump: { target: 'helper' } }] },
        { expr: [DROP], chain: 'helper' },
      ],
      [],
    ],
    [
      'a chain that accepts',
      [
        { expr: [state('invalid'), { jump: { target: 'helper' } }] },
        { expr: [DPORT, ACCEPT], chain: 'helper' },
      ],
      ['ct state invalid'],
    ],
    [
      'a verdict map',
      [
        {
          expr: [{ vmap: { key: { ct: { key: 'state' } }, data: { set: [['invalid', ACCEPT]] } } }],
        },
      ],
      ['ct state invalid'],
    ],
    [
      'a verdict map that drops',
      [{ expr: [{ vmap: { key: { ct: { key: 'state' } }, data: { set: [['invalid', DROP]] } } }] }],
      [],
    ],
    [
      'a rule makes packets untracked',
      [{ expr: [DPORT, { notrack: null }] }, { expr: [state('untracked'), ACCEPT] }],
      [],
    ],
  ])('%s', (_, rules, expected) => {
    const all = listed(rules)
    expect(all.map((line) => line.replace(/^\S+ \d+: /, ''))).toEqual(expected)
  })
})

describe('other forms of states', () => {
  const STATE = { ct: { key: 'state' } }
  const of = (op: string, left: object, right: unknown): object => ({ match: { op, left, right } })
  const BOTH = { concat: [STATE, payload('tcp', 'dport')] }
  const set = { family: 'inet', table: 't', name: 's', handle: 9, type: ['ct_state'] }
  test.each<[string, object, string[]]>([
    [
      'none of those that probes have',
      of('!=', STATE, { set: ['established', 'related', 'new'] }),
      ['ct state invalid', 'ct state untracked'],
    ],
    ['all except one', of('!=', STATE, 'established'), []],
    [
      'with a port',
      of('==', BOTH, { set: [{ concat: ['invalid', 22] }, { concat: ['untracked', 23] }] }),
      ['ct state invalid', 'ct state untracked'],
    ],
    ['with a port, and a new flow', of('==', BOTH, { set: [{ concat: ['new', 22] }] }), []],
    ['a named set', of('==', STATE, '@s'), ['ct state invalid']],
  ])('%s', (_, condition, expected) => {
    const objects = [{ set: { ...set, elem: ['invalid'] } }]
    const rules: GivenRule[] = [{ chain: 'forward', expr: [condition, ACCEPT] }]
    const found = untestedRules(inspectionOf(rules, { chains: CHAINS, objects }), probed())
    expect(found.flatMap(({ what }) => what)).toEqual(expected)
  })

  test.each<[string, string[]]>([
    ['-m conntrack --ctstate INVALID', ['ct state invalid']],
    [
      '-m conntrack ! --ctstate NEW,RELATED,ESTABLISHED',
      ['ct state invalid', 'ct state untracked'],
    ],
    ['-m state --state NEW,INVALID', []],
    ['-m conntrack --ctstate DNAT', []],
    ['-m conntrack --ctstatus EXPECTED', ['xt conntrack']],
    ['-m conntrack --ctreplsrc 192.0.2.7', ['xt conntrack']],
    ['-m conntrack --ctproto 132', ['xt conntrack']],
  ])('a legacy rule with %s', (options, expected) => {
    const text = `*filter\n:FORWARD DROP [0:0]\n-A FORWARD ${options} -j ACCEPT\nCOMMIT\n`
    const found = untestedRules(inspectionOf([], { legacy: { 4: text } }), probed())
    expect(found.flatMap(({ what }) => what)).toEqual(expected)
  })
})

describe('values that no probe has', () => {
  const LENGTH = meta('length')
  const PROTO = meta('l4proto')
  const TH = payload('th', 'dport')
  const both = { concat: [PROTO, TH] }
  test.each<[string, object[], string[]]>([
    ['a length above the MTU', [match(LENGTH, { range: [2000, 9000] })], ['36 and above 1500']],
    ['a length that UDP has', [match(LENGTH, 40)], []],
    ['the same of TCP', [match(PROTO, 'tcp'), match(LENGTH, 40)], ['44 and above 1500']],
    ['a range that begins among them', [match(LENGTH, { range: [1000, 65535] })], []],
    ['a port of GRE', [match(PROTO, 'gre'), match(TH, 25944)], ['ports']],
    ['ports of TCP and UDP', [match(PROTO, { set: ['tcp', 'udp'] }), match(TH, 53)], []],
    ['joined with them', [match(both, { set: [{ concat: ['tcp', 22] }] })], []],
    ['joined with SCTP', [match(both, { set: [{ concat: ['sctp', 22] }] })], ['ports']],
    ['a port of every protocol', [match(TH, 53)], ['ports']],
  ])('%s', (_, conditions, expected) => {
    const found = listed([{ expr: [...conditions, ACCEPT] }])
    const words = found.map((line) =>
      /lengths below (.+) bytes|(ports)/.exec(line)?.slice(1).join(''),
    )
    expect(words).toEqual(expected)
  })

  test.each<[string, object, string[]]>([
    ['few turns', { mode: 'inc', mod: 8 }, []],
    ['many turns', { mode: 'inc', mod: 5000 }, ['forward 2: all turns of numgen']],
    ['a rare number', { mode: 'random', mod: 1000 }, ['forward 2: rare random numbers']],
  ])('%s', (_, numgen, expected) => {
    expect(listed([{ expr: [match({ numgen: { ...numgen, offset: 0 } }, 1), ACCEPT] }])).toEqual(
      expected,
    )
  })
})

describe('states in named verdict maps', () => {
  const STATE = { ct: { key: 'state' } }
  const named = (elem: readonly unknown[], more: object = {}): object => ({
    map: { family: 'inet', table: 't', name: 'm', handle: 9, map: 'verdict', elem, ...more },
  })
  const by = (key: object) => ({ vmap: { key, data: '@m' } })
  test.each<[string, readonly object[], readonly unknown[], object, string[]]>([
    ['that accept', [by(STATE)], [['invalid', ACCEPT]], {}, ['ct state invalid']],
    ['that drop', [by(STATE)], [['invalid', DROP]], {}, []],
    [
      'with an interface in the key',
      [by({ concat: [meta('iifname'), STATE] })],
      [[{ concat: ['lan0', 'untracked'] }, ACCEPT]],
      {},
      ['ct state untracked'],
    ],
    [
      'behind a condition on the state',
      [state('invalid'), by(meta('iifname'))],
      [['lan0', ACCEPT]],
      {},
      ['ct state invalid'],
    ],
    [
      'that change while packets pass',
      [by(STATE)],
      [['new', DROP]],
      { flags: ['dynamic'] },
      ['ct state invalid', 'ct state untracked'],
    ],
  ])('%s', (_, expr, elem, more, expected) => {
    const objects = [named(elem, more)]
    const rules = [{ chain: 'forward', expr }] as GivenRule[]
    const all = untestedRules(inspectionOf(rules, { chains: CHAINS, objects }), probed())
    const states = all.flatMap(({ what }) => what).filter((one) => one.startsWith('ct state'))
    expect(states).toEqual(expected)
  })
})

test('chains that lead to each other in many ways are looked at once', () => {
  const names = Array.from({ length: 40 }, (_, i) => `c${i}`)
  const rules = names.flatMap((chainName, i) => {
    const expr = [i < 39 ? { jump: { target: names[i + 1] } } : DROP]
    return [1, 2].map(() => ({ chain: chainName, expr }))
  })
  const first = { chain: 'forward', expr: [state('invalid'), { jump: { target: 'c0' } }] }
  const chains = [...CHAINS, ...names.map((name) => chain(name))]
  const all = [first, ...rules] as GivenRule[]
  expect(untestedRules(inspectionOf(all, { chains }), probed())).toEqual([])
})

describe('untested rules', () => {
  test.each<[string, GivenRule, string[]]>([
    ['a socket owner', { expr: [SKUID, ACCEPT] }, ['forward 2: meta skuid']],
    ['a TCP option', { expr: [MSS, { drop: null }] }, ['forward 2: tcp option maxseg size']],
    ['a field that this command does not vary', { expr: [TTL, ACCEPT] }, ['forward 2: TTLs']],
    ['two fields at once', { expr: [SKUID, TTL, ACCEPT] }, ['forward 2: meta skuid, TTLs']],
    ['a field that is varied', { expr: [match(payload('tcp', 'dport'), 25), ACCEPT] }, []],
    ['a log', { expr: [SKUID, { log: { prefix: 'x' } }] }, []],
    ['a counter', { expr: [SKUID, { counter: { packets: 0, bytes: 0 } }] }, []],
    [
      'a statement that sets the segment size',
      {
        expr: [
          MSS,
          {
            mangle: {
              key: { 'tcp option': { name: 'maxseg', field: 'size' } },
              value: { rt: { key: 'mtu' } },
            },
          },
        ],
      },
      [],
    ],
    [
      'an interface that is not in the lab',
      { expr: [match(meta('iifname'), 'lo'), SKUID, ACCEPT] },
      [],
    ],
    [
      'all interfaces except one',
      { expr: [match(meta('iifname'), 'lo', '!='), SKUID, ACCEPT] },
      ['forward 2: meta skuid'],
    ],
    [
      'interfaces by a wildcard',
      { expr: [match(meta('oifname'), 'wan*'), SKUID, ACCEPT] },
      ['forward 2: meta skuid'],
    ],
    ['a chain that the path does not reach', { chain: 'input', expr: [SKUID, ACCEPT] }, []],
    ['a chain without a jump to it', { chain: 'helper', expr: [SKUID, ACCEPT] }, []],
    ['the other family', { expr: [match(payload('ip6', 'hoplimit'), 3), SKUID, ACCEPT] }, []],
  ])('%s', (_, rule, expected) => {
    expect(listed([rule])).toEqual(expected)
  })

  test('a rule behind a jump is listed', () => {
    const jump = { expr: [match(payload('tcp', 'dport'), 25), { jump: { target: 'helper' } }] }
    const rule = { chain: 'helper', expr: [SKUID, { drop: null }] }
    expect(listed([jump, rule])).toEqual(['helper 3: meta skuid'])
  })

  test('a jump with an untested condition is listed once', () => {
    const jump = { expr: [SKUID, { jump: { target: 'helper' } }] }
    expect(listed([jump, { chain: 'helper', expr: [{ drop: null }] }])).toEqual([
      'forward 2: meta skuid',
    ])
    expect(listed([jump])).toEqual([])
  })

  test('rules of tables that no probe reaches are listed', () => {
    const tables = ['arp', 'bridge'].map((family) => ({
      family,
      expr: [match(payload('arp', 'operation'), 1), { drop: null }],
    }))
    const counts = { family: 'arp', expr: [{ counter: { packets: 0, bytes: 0 } }] }
    const inspection = inspectionOf([...tables, counts])
    const found = (families: readonly string[]) =>
      unprobedRules(inspection, families).map(({ where, what }) => `${where.family}: ${what}`)
    expect(found(['arp'])).toEqual(['arp: ARP, which the lab does not use'])
    expect(found(['bridge'])).toEqual(['bridge: frames of a bridge'])
    expect(found([])).toEqual([])
  })

  test.each<[string, object, string[]]>([
    ['that few probes reach', { limit: { rate: 5, per: 'minute', burst: 5 } }, []],
    [
      'that few probes do not reach',
      { limit: { rate: 5, per: 'minute', burst: 5000 } },
      ['forward 2: an exhausted limit'],
    ],
    [
      'of bytes',
      { quota: { val: 10, val_unit: 'mbytes', inv: true } },
      ['forward 2: an exhausted quota'],
    ],
  ])('a limit %s', (_, limit, expected) => {
    expect(listed([{ expr: [limit, { drop: null }] }])).toEqual(expected)
  })

  test('rules of protocols that are not probed are not listed', () => {
    const rule = { expr: [match(payload('udp', 'dport'), 53), SKUID, ACCEPT] }
    expect(listed([rule], { protocols: [6] })).toEqual([])
    expect(listed([rule], { protocols: [6, 17] })).toEqual(['forward 2: meta skuid'])
  })
})

describe('ports behind a verdict map of protocols', () => {
  const TH = match(payload('th', 'dport'), 25)
  const way = (...protocols: string[]) => ({
    vmap: {
      key: meta('l4proto'),
      data: { set: protocols.map((one) => [one, { goto: { target: 'helper' } }]) },
    },
  })
  const behind = (...expr: object[]) =>
    listed([{ expr }, { expr: [TH, ACCEPT], chain: 'helper' }]).map((line) =>
      line.replace(/^\S+ \d+: /, ''),
    )

  test.each<[string, object[], string[]]>([
    ['TCP and UDP only', [way('tcp', 'udp')], []],
    ['another protocol too', [way('tcp', 'sctp')], ['ports of protocols besides TCP and UDP']],
    [
      'and a jump for everything',
      [way('tcp'), { jump: { target: 'helper' } }],
      ['ports of protocols besides TCP and UDP'],
    ],
    [
      'a map that changes while packets pass',
      [{ vmap: { key: meta('l4proto'), data: '@filled' } }],
      ['ports of protocols besides TCP and UDP'],
    ],
  ])('%s', (_, expr, expected) => {
    expect(behind(...expr)).toEqual(expected)
  })
})
