/** "No difference" is said only where every rule that differs was tried, and a rule that was not is named. */
import { describe, expect, test } from 'vitest'
import {
  BACK,
  comparesRules,
  FORWARD,
  ONE_PATH,
  pair,
  type Rules,
  told,
} from '../../tools/testing/changed-rules.ts'

const NOTRACK = `table inet raw {
  chain first { type filter hook prerouting priority raw; udp dport 9 notrack; }
}
`

import type { DiffOptions } from './diff.ts'

comparesRules()

describe('rules that are written differently and mean the same are exercised, and not a difference', () => {
  test.each<[string, Rules, Rules]>([
    [
      'merged sets of ports',
      { input: [BACK, 'tcp dport 22 accept', 'tcp dport { 80, 443 } accept'] },
      { input: [BACK, 'tcp dport { 22, 80, 443 } accept'] },
    ],
    [
      'a set of neighbours and their range, whose middle is no edge',
      { input: [BACK, 'tcp dport { 10, 11, 12 } accept'] },
      { input: [BACK, 'tcp dport 10-12 accept'] },
    ],
    [
      'rules moved into a chain of their own',
      { input: [BACK, 'tcp dport 22 accept', 'tcp dport 80 accept'] },
      {
        input: [BACK, 'tcp dport 22 accept', 'jump web'],
        named: ['chain web {\n tcp dport 80 accept\n}'],
      },
    ],
    [
      'a named set and a chain with other names',
      {
        input: [BACK, 'ip saddr @good tcp dport 25 accept', 'jump a'],
        named: [
          'set good { type ipv4_addr; flags interval; elements = { 198.51.100.0/24 } }',
          'chain a {\n tcp dport 80 accept\n}',
        ],
      },
      {
        input: [BACK, 'ip saddr @friends tcp dport 25 accept', 'jump b'],
        named: [
          'set friends { type ipv4_addr; flags interval; elements = { 198.51.100.0/24 } }',
          'chain b {\n tcp dport 80 accept\n}',
        ],
      },
    ],
    [
      'a verdict map instead of rules',
      { input: [BACK, 'tcp dport 22 accept', 'tcp dport 25 drop', 'tcp dport 80 accept'] },
      { input: [BACK, 'tcp dport vmap { 22 : accept, 25 : drop, 80 : accept }'] },
    ],
    [
      'rules about different packets in another order',
      { input: [BACK, 'tcp dport 22 accept', 'tcp dport 25 reject', 'tcp dport 80 accept'] },
      { input: [BACK, 'tcp dport 80 accept', 'tcp dport 25 reject', 'tcp dport 22 accept'] },
    ],
    [
      'other comments, counters and logs',
      { input: [BACK, 'tcp dport 22 accept'] },
      {
        input: [
          'meta l4proto 132 log prefix "x "',
          `${BACK.replace('accept', 'counter accept')}`,
          'tcp dport 22 log prefix "ssh " counter accept comment "who"',
        ],
      },
    ],
    [
      'a rule shadowed by one with the same verdict',
      { input: [BACK, 'tcp dport 22 accept', 'ip saddr 10.0.0.0/8 tcp dport 22 accept'] },
      { input: [BACK, 'tcp dport 22 accept'] },
    ],
    [
      'equal conditions on a field that probes do not vary',
      { input: [BACK, 'fib daddr type local tcp dport 22 accept'] },
      { input: [BACK, 'tcp dport 22 fib daddr type local accept', 'tcp dport 22 accept'] },
    ],
    [
      'a chain without a jump to it',
      {},
      { named: ['chain unused {\n tcp option maxseg size 1-500 drop\n}'] },
    ],
    [
      'a rule about answers, alone and in a set',
      { input: ['ct state established accept', 'ct state related accept', 'tcp dport 22 accept'] },
      {
        input: ['ct state vmap { established : accept, related : accept }', 'tcp dport 22 accept'],
      },
    ],
  ])('%s', async (_, old, young) => {
    const found = await pair(old, young)
    expect(told(found).filter((line) => line.includes('untested'))).toEqual([])
    expect(found.status).toBe('same')
  })
})

test('a new rule shadowed by an earlier one is reported with that rule', async () => {
  const input = [BACK, 'tcp dport 22 accept', 'tcp dport 22 ip saddr 198.51.100.7 drop']
  const found = await pair({}, { input })
  expect(told(found)).toEqual(['new.nft:6 shadowed by tcp dport 22 accept (new.nft:5)'])
  expect(found.status).toBe('same')
})

test.each([
  'limit rate over 5000/second burst 9000 packets drop',
  'quota over 10 mbytes drop',
  'ct count over 5000 drop',
])('a rule after one that decides only some of its packets: %s', async (what) => {
  const some = 'ip saddr 198.51.100.7 drop'
  const input = [BACK, some, 'tcp dport 22 accept']
  const young = [BACK, some, `tcp dport 22 ${what}`, 'tcp dport 22 accept']
  const found = await pair({ input }, { input: young }, ONE_PATH)
  expect(told(found)).toEqual([expect.stringMatching(/^new\.nft:6 untested/)])
  expect(found.status).toBe('not-proved')
})

test('a rule about replies, which no probe matches', async () => {
  const some = 'ip saddr 198.51.100.7 drop'
  const input = [some, BACK, 'tcp dport 22 accept']
  const young = [some, 'tcp dport 22 ct direction reply drop', BACK, 'tcp dport 22 accept']
  const found = await pair({ input }, { input: young })
  expect(told(found)).toEqual([expect.stringMatching(/^new\.nft:5 untested/)])
})

test('a rule shadowed in an earlier hook is reported with that rule', async () => {
  const more = `table ip raw {
	chain pre {
		type filter hook prerouting priority -300; policy accept;
		ip saddr 198.51.100.0/24 drop
	}
}
`
  const input = [BACK, 'tcp dport 22 accept', 'ip saddr 198.51.100.7 tcp dport 25 accept']
  const found = await pair({ more }, { input, more })
  expect(told(found)).toEqual(['new.nft:6 shadowed by ip saddr 198.51.100.0/24 drop (new.nft:17)'])
  expect(found.status).toBe('same')
})

test('contradicting rules in another order are a difference', async () => {
  const [a, b] = ['ip saddr 198.51.100.0/24 drop', 'tcp dport 22 accept']
  const found = await pair({ input: [BACK, a, b] }, { input: [BACK, b, a] })
  expect(found.status).toBe('different')
  expect(told(found)).toEqual([expect.stringMatching(/^new.nft:\d tried$/)])
})

describe('a changed rule that was not exercised is never "same"', () => {
  const add = (...rules: string[]): Rules => ({
    input: [BACK, ...rules, 'tcp dport 22 accept'],
  })
  test.each<[string, Rules, Rules, string[], Partial<DiffOptions>?]>([
    [
      'a field that probes do not vary',
      {},
      add('tcp option maxseg size 1-500 drop'),
      ['new.nft:5 untested: no probe varies tcp option maxseg size'],
    ],
    [
      'a condition whose other value no probe has',
      {},
      add('fib daddr type local tcp dport 22 accept'),
      ['new.nft:5 untested: no probe varies fib daddr type'],
    ],
    [
      'the loopback interface',
      {},
      add('iifname "lo" tcp dport 25 accept'),
      ['new.nft:5 untested: no path enters by lo'],
    ],
    [
      'a connection state that no probe has',
      { more: NOTRACK },
      { ...add('ct state untracked tcp dport 25 accept'), more: NOTRACK },
      ['new.nft:5 untested: no probe has connection state untracked'],
    ],
    [
      'a rate limit too high to be used up',
      add('tcp dport 25 limit rate 1000/second burst 50000 packets accept'),
      add('tcp dport 25 limit rate 2000/second burst 50000 packets accept'),
      [
        'old.nft:5 untested: the point at which its limit triggers is not compared',
        'new.nft:5 untested: the point at which its limit triggers is not compared',
      ],
      ONE_PATH,
    ],
    [
      'a quota',
      add('tcp dport 25 quota until 100 mbytes accept'),
      add('tcp dport 25 quota until 200 mbytes accept'),
      [
        'old.nft:5 untested: the point at which its quota triggers is not compared',
        'new.nft:5 untested: the point at which its quota triggers is not compared',
      ],
      ONE_PATH,
    ],
    [
      'a named limit object',
      {
        ...add('tcp dport 25 limit name "l" accept'),
        named: ['limit l { rate 1000/second burst 50000 packets }'],
      },
      {
        ...add('tcp dport 25 limit name "l" accept'),
        named: ['limit l { rate 3000/second burst 50000 packets }'],
      },
      [
        'old.nft:5 untested: the point at which its limit triggers is not compared',
        'new.nft:5 untested: the point at which its limit triggers is not compared',
      ],
      ONE_PATH,
    ],
    [
      'a statement without an effect on the outcome',
      {},
      { forward: ['oifname "wan0" ip dscp set 46', ...FORWARD] },
      ['new.nft:9 untested: its effect on packets is not compared: ip dscp set'],
    ],
    [
      'a bridge',
      {},
      {
        more: 'table bridge b {\n\tchain f {\n\t\ttype filter hook forward priority 0;\n\t\tip saddr 10.0.0.1 drop\n\t}\n}\n',
      },
      ['new.nft:16 untested: no probe passes a bridge table'],
    ],
    [
      'an element of a map',
      {
        ...add('meta mark set tcp dport map @m'),
        named: ['map m { type inet_service : mark; elements = { 25 : 5 } }'],
        forward: [...FORWARD, 'meta skuid 7 drop'],
      },
      {
        ...add('meta mark set tcp dport map @m'),
        named: ['map m { type inet_service : mark; elements = { 25 : 5 } }'],
        forward: [...FORWARD, 'meta skuid 8 drop'],
      },
      [
        'old.nft:12 untested: no probe varies meta skuid',
        'new.nft:12 untested: no probe varies meta skuid',
      ],
    ],
  ])('%s', async (_, old, young, expected, more = {}) => {
    const found = await pair(old, young, more)
    expect(told(found)).toEqual(expected)
    expect(found.status).toBe('not-proved')
  })
})

test.each(['bridge', 'arp'])(
  'no rule of another table shadows the policy of a chain in a table of family %s',
  async (family) => {
    const more = (policy: string): Rules => ({
      more: `table ${family} b {\n\tchain i {\n\t\ttype filter hook input priority 0; policy ${policy};\n\t}\n}\n`,
    })
    const found = await pair(more('accept'), more('drop'), ONE_PATH)
    const reason = `no probe passes ${family === 'arp' ? 'an' : 'a'} ${family} table`
    expect(told(found)).toEqual([
      expect.stringMatching(`^old.nft:\\d+ untested: ${reason}$`),
      expect.stringMatching(`^new.nft:\\d+ untested: ${reason}$`),
    ])
    expect(found.status).toBe('not-proved')
  },
)

test('an unreachable rule does not matter', async () => {
  const input = [BACK, 'tcp dport 22 accept', 'drop']
  const found = await pair({ input }, { input: [...input, 'tcp option maxseg size 1-500 accept'] })
  expect(told(found)).toEqual(['new.nft:7 shadowed by drop'])
  expect(found.status).toBe('same')
})

test('combinations beyond the budget are not proved', async () => {
  // Of the same verdict as what comes behind it, so that only the trial can tell.
  const input = [
    BACK,
    'ip saddr 198.51.100.7 tcp sport 999 tcp dport 22 accept',
    'tcp dport 22 accept',
  ]
  const whole = await pair({}, { input }, ONE_PATH)
  expect(told(whole)).toEqual(['new.nft:5 tried'])
  expect(whole.status).toBe('same')
  const cut = await pair({}, { input }, { ...ONE_PATH, budget: 40 })
  expect(told(cut)).toEqual(['new.nft:5 untested: no probe satisfies its conditions'])
  expect(cut.status).toBe('not-proved')
})

test('a rule that decides only some packets shadows nothing beyond the budget', async () => {
  const before = [
    BACK,
    'ip saddr != 198.51.100.7 tcp dport 22 accept',
    'tcp sport != 4004 tcp dport 22 accept',
  ]
  const input = [...before, 'tcp dport 22 accept']
  const young = [...before, 'ip ttl 44 tcp dport 22 drop', 'tcp dport 22 accept']
  const cut = await pair({ input }, { input: young }, { ...ONE_PATH, budget: 300 })
  expect(told(cut)).toEqual([
    'new.nft:7 untested: the budget cut packets that the rule before it may not decide',
  ])
  expect(cut.status).toBe('not-proved')
})

test('each differing element of a named set is exercised, over both families', async () => {
  const set = (elements: string): Rules => ({
    input: [BACK, 'ip6 saddr @s tcp dport 25 drop', 'tcp dport 22 accept'],
    named: [`set s { type ipv6_addr; flags interval; elements = { ${elements} } }`],
  })
  const [old, young] = [set('2001:db8:1::/48'), set('2001:db8:1::/48, 2001:db8:2::/48')]
  const found = await pair(old, young, { families: [6], to: ['firewall'] })
  expect(told(found)).toEqual(['new.nft:5 tried'])
  expect(found.status).toBe('same')
  const other = await pair(old, young, { families: [4], to: ['firewall'] })
  expect(told(other)).toEqual(['new.nft:5 not-asked: IPv6 is not compared'])
  expect(other.status).toBe('same')
})

test('parts excluded by options are reported and do not count', async () => {
  const input = [BACK, 'udp dport 53 udp length 9 accept', 'tcp dport 22 accept']
  const found = await pair({}, { input })
  expect(told(found)).toEqual(['new.nft:5 not-asked: its protocol is not compared'])
  expect(found.status).toBe('same')
})

test('a different chain policy is exercised and reported as a change', async () => {
  const found = await pair({}, { policy: 'accept' }, { to: ['firewall'] })
  expect(told(found)).toEqual(['old.nft:3 tried', 'new.nft:3 tried'])
  expect(found.status).toBe('different')
})

test('unexercised rules are a warning when the user accepts them', async () => {
  const input = [BACK, 'tcp option maxseg size 1-500 drop', 'tcp dport 22 accept']
  const found = await pair({}, { input }, { acceptsUntested: true, to: ['firewall'] })
  expect(found.status).toBe('same')
  expect(found.acceptsUntested).toBe(true)
  expect(told(found)).toEqual(['new.nft:5 untested: no probe varies tcp option maxseg size'])
})
