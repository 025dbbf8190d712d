/** "No difference" is said only where every rule that differs was tried, and a rule that was not is named. */
import { describe, expect, test } from 'vitest'
import type { Firewall, PartKind } from '../../src/firewall/firewall.ts'
import { inferLab } from '../../src/lab/infer.ts'
import { sharedSandbox } from '../../tools/testing/sandboxes.ts'
import { type DiffOptions, runDiff } from './diff.ts'

const sandbox = sharedSandbox(4)

const firewall = (
  text: string,
  file: string,
  kind: PartKind = 'nft',
  more: object = {},
): Firewall => ({
  origin: file,
  parts: [{ kind, file, text, stretches: [{ from: 1, file, line: 1 }], ...more }],
})

async function compare(old: Firewall, young: Firewall, more: Partial<DiffOptions> = {}) {
  return runDiff({
    ...{ sandbox: sandbox(), jobs: 2, old, new: young, quick: true },
    plan: inferLab([...old.parts, ...young.parts]).plan,
    ...{ delta: undefined, budget: undefined, from: undefined, to: undefined },
    ...{ families: [4], protocols: ['tcp'], ports: undefined },
    signal: new AbortController().signal,
    replay: (_, number) => `again ${number}`,
    onPlan: () => {},
    ...more,
  })
}

interface Rules {
  readonly input?: readonly string[]
  readonly forward?: readonly string[]
  /** Sets, maps and chains of the table. */
  readonly named?: readonly string[]
  readonly policy?: 'accept' | 'drop'
  /** Further tables. */
  readonly more?: string
}

const BACK = 'ct state established,related accept'
const FORWARD = [BACK, 'iifname "lan0" oifname "wan0" accept']

/** Rules of the input chain begin at line 4 where nothing is named. */
function text({
  input = [BACK, 'tcp dport 22 accept'],
  forward = FORWARD,
  ...rules
}: Rules): string {
  const chain = (name: string, policy: string, own: readonly string[]): string[] => [
    `\tchain ${name} {`,
    `\t\ttype filter hook ${name} priority 0; policy ${policy};`,
    ...own.map((rule) => `\t\t${rule}`),
    '\t}',
  ]
  const lines = [
    'table inet t {',
    ...chain('input', rules.policy ?? 'drop', input),
    ...chain('forward', 'drop', forward),
    ...(rules.named ?? []).map((one) => `\t${one}`),
    '}',
  ]
  return `${lines.join('\n')}\n${rules.more ?? ''}`
}

type Found = Awaited<ReturnType<typeof runDiff>>
/** `new.nft:5 untested: no probe …`, of everything that differs. */
const told = ({ changedRules }: Found): string[] =>
  changedRules.map(
    ({ file, line, state, by, reason }) =>
      `${file}:${line ?? '?'} ${state}${by ? ` by ${by}` : ''}${reason ? `: ${reason}` : ''}`,
  )

const pair = (old: Rules, young: Rules, more: Partial<DiffOptions> = {}) =>
  compare(firewall(text(old), 'old.nft'), firewall(text(young), 'new.nft'), more)

/** Enough where thousands of packets are sent on every path. */
const ONE_PATH: Partial<DiffOptions> = { from: ['wan0'], to: ['firewall'] }

describe('rules that are written differently and mean the same are exercised, and not a difference', () => {
  test.each<[string, Rules, Rules]>([
    [
      'merged sets of ports',
      { input: [BACK, 'tcp dport 22 accept', 'tcp dport { 80, 443 } accept'] },
      { input: [BACK, 'tcp dport { 22, 80, 443 } accept'] },
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
      {},
      add('ct state untracked tcp dport 25 accept'),
      ['new.nft:5 untested: no probe has connection state untracked'],
    ],
    [
      'a rate limit too high to be used up',
      add('tcp dport 25 limit rate 1000/second burst 50000 packets accept'),
      add('tcp dport 25 limit rate 2000/second burst 50000 packets accept'),
      [
        'old.nft:5 untested: when its limit is used up is not compared',
        'new.nft:5 untested: when its limit is used up is not compared',
      ],
      ONE_PATH,
    ],
    [
      'a quota',
      add('tcp dport 25 quota until 100 mbytes accept'),
      add('tcp dport 25 quota until 200 mbytes accept'),
      [
        'old.nft:5 untested: when its quota is used up is not compared',
        'new.nft:5 untested: when its quota is used up is not compared',
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
        'old.nft:5 untested: when its limit is used up is not compared',
        'new.nft:5 untested: when its limit is used up is not compared',
      ],
      ONE_PATH,
    ],
    [
      'a statement without an effect on the outcome',
      {},
      { forward: ['oifname "wan0" ip dscp set 46', ...FORWARD] },
      ['new.nft:9 untested: what it does to packets is not compared: ip dscp set'],
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

describe('iptables rules', () => {
  const saved = (...rules: string[]): string =>
    `*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n:web - [0:0]\n${[
      '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
      '-A INPUT -p tcp -m tcp --dport 22 -j ACCEPT',
      '-A INPUT -j web',
      ...rules,
    ].join('\n')}\nCOMMIT\n`
  const WEB = '-A web -p tcp -m tcp --dport 80 -j ACCEPT'
  test.each<[string, string[], string[], string]>([
    [
      'another match for the same port',
      ['-A web -p tcp -m multiport --dports 80 -j ACCEPT'],
      ['old.v4:9 tried', 'new.v4:9 tried'],
      'same',
    ],
    [
      'a comment',
      ['-A web -p tcp -m tcp --dport 80 -m comment --comment "the web" -j ACCEPT'],
      [],
      'same',
    ],
    [
      'a string match',
      [WEB, '-A web -p tcp -m tcp --dport 25 -m string --string "x y" --algo bm -j ACCEPT'],
      ['new.v4:10 untested: no probe varies string'],
      'not-proved',
    ],
    [
      'a shadowed rule',
      [WEB, '-A web -s 198.51.100.0/24 -p tcp -m tcp --dport 80 -j ACCEPT'],
      ['new.v4:10 shadowed by (rule) (new.v4:9)'],
      'same',
    ],
    [
      'a recent match',
      [
        WEB,
        '-A web -p tcp -m tcp --dport 80 -m recent --update --seconds 60 --hitcount 4 --name x -j DROP',
      ],
      ['new.v4:10 untested: when its recent is used up is not compared'],
      'not-proved',
    ],
    [
      // Without root, the sandbox has no other user.
      'an owner match',
      [WEB, '-A OUTPUT -m owner --uid-owner 0 -j DROP'],
      ['new.v4:10 untested: no probe varies owner'],
      'not-proved',
    ],
  ])('%s', async (_, rules, expected, status) => {
    for (const backend of ['nft', 'legacy'] as const) {
      const found = await compare(
        firewall(saved(WEB), 'old.v4', 'iptables', { backend }),
        firewall(saved(...rules), 'new.v4', 'iptables', { backend }),
        { to: ['firewall'] },
      )
      const lines = told(found).map((line) => line.replace(/by (?:-A|tcp) .* \(/, 'by (rule) ('))
      expect([backend, lines]).toEqual([backend, expected])
      expect(found.status).toBe(status)
    }
  })
})

test('unexercised rules are a warning when the user accepts them', async () => {
  const input = [BACK, 'tcp option maxseg size 1-500 drop', 'tcp dport 22 accept']
  const found = await pair({}, { input }, { acceptsUntested: true, to: ['firewall'] })
  expect(found.status).toBe('same')
  expect(found.acceptsUntested).toBe(true)
  expect(told(found)).toEqual(['new.nft:5 untested: no probe varies tcp option maxseg size'])
})

describe('state that scripts set besides rules', () => {
  const script = (file: string, ...lines: string[]): Firewall =>
    firewall(`#!/bin/sh\n${lines.join('\n')}\n`, file, 'script', {
      ...{ folder: '/', interpreter: ['/bin/sh'] },
    })
  const RULES = [
    'iptables -A INPUT -m set --match-set banned src -j DROP',
    'iptables -A INPUT -p tcp --dport 22 -j ACCEPT',
    'iptables -P INPUT DROP',
  ]
  const SET = ['ipset create banned hash:ip', 'ipset add banned 192.0.2.7']

  test('a different ipset element is not proved, and reported with its line', async () => {
    const old = script('old.sh', ...SET, ...RULES)
    const found = await compare(
      old,
      script('new.sh', ...SET, 'ipset add banned 192.0.2.9', ...RULES),
    )
    expect(told(found)).toEqual(['new.sh:4 untested: no probe varies the elements of an ipset'])
    expect(found.status).toBe('not-proved')
    const same = await compare(old, script('new.sh', ...SET.join('; ').split('@'), ...RULES))
    expect(told(same)).toEqual([])
    expect(same.status).toBe('same')
  })

  test('a different route is found', async () => {
    const [old, young] = [
      script('old.sh', ...RULES.slice(1)),
      ['ip route add blackhole 192.0.2.0/24'],
    ]
    const found = await compare(old, script('new.sh', ...young, ...RULES.slice(1)))
    expect(told(found)).toEqual([expect.stringMatching(/^new.sh:2 untested: /)])
    expect(found.status).toBe('not-proved')
  })

  test('a mark is not proved when the lab routes by mark', async () => {
    const own = RULES.slice(1)
    const route = 'ip rule add fwmark 0x7 lookup 100'
    const mark = 'iptables -t mangle -A PREROUTING -p tcp --dport 80 -j MARK --set-mark 7'
    const set = (...lines: string[]) => script('new.sh', ...lines, ...own, mark)
    const routed = await compare(script('old.sh', route, ...own), set(route))
    expect(told(routed).at(-1)).toMatch(
      / untested: routing rules of the lab ask for marks, .*: ip rule from all fwmark 0x7 lookup 100$/,
    )
    expect(routed.status).toBe('not-proved')
    const plain = await compare(script('old.sh', ...own), set())
    expect(told(plain).at(-1)).toMatch(/ tried: sets a mark that neither ruleset asks for/)
    expect(plain.status).toBe('same')
  })

  test('a qdisc with a handle chosen by the kernel is the same, another qdisc is not', async () => {
    const queue = (kind: string): string => `tc qdisc add dev lo root ${kind}`
    const old = script('old.sh', queue('pfifo_fast'), ...RULES.slice(1))
    expect((await compare(old, { ...old, origin: 'new' })).status).toBe('same')
    const young = script('new.sh', queue('prio'), ...RULES.slice(1))
    expect((await compare(old, young)).status).toBe('not-proved')
  })
})

test('rules at the ingress hook are exercised', async () => {
  const netdev = (...rules: string[]): string =>
    `table netdev n {\n\tchain i {\n\t\ttype filter hook ingress device "wan0" priority 0; policy accept;\n${rules.map((rule) => `\t\t${rule}\n`).join('')}\t}\n}\n`
  const whole = { more: netdev('ip saddr 198.51.100.0/24 drop') }
  const halves = {
    more: netdev('ip saddr 198.51.100.0/25 drop', 'ip saddr 198.51.100.128/25 drop'),
  }
  const found = await pair(whole, halves)
  expect(told(found).map((line) => line.split(' ')[1])).toEqual(['tried', 'tried', 'tried'])
  expect(found.status).toBe('same')
  const vlan = { more: netdev('ip saddr 198.51.100.0/24 drop', 'meta pkttype multicast drop') }
  expect((await pair(whole, vlan)).status).toBe('not-proved')
})

describe('a mark that only one side sets', () => {
  const mark = (statement: string): Rules => ({
    input: [`tcp dport 25 ${statement}`, BACK, 'tcp dport { 22, 25 } accept'],
  })
  const unmarked: Rules = { input: [BACK, 'tcp dport { 22, 25 } accept'] }
  test.each(['meta mark set 0x5', 'ct mark set 0x5'])(
    'is exercised and reported when nothing uses it: %s',
    async (statement) => {
      const found = await pair(unmarked, mark(statement), ONE_PATH)
      expect(told(found)).toEqual([
        'new.nft:4 tried: sets a mark that neither ruleset asks for, and no routing rule of the lab: without effect there',
      ])
      expect(found.status).toBe('same')
    },
  )

  test('is a difference when a rule of another chain matches it', async () => {
    const late =
      'table inet late {\n\tchain c {\n\t\ttype filter hook input priority 9;\n\t\tmeta mark 0x5 drop\n\t}\n}\n'
    const found = await pair(
      { ...unmarked, more: late },
      { ...mark('meta mark set 0x5'), more: late },
      ONE_PATH,
    )
    expect(told(found)).toEqual(['new.nft:4 tried'])
    expect(found.status).toBe('different')
  })

  test('is not proved when no probe reaches it', async () => {
    const found = await pair(unmarked, mark('tcp option maxseg size 5 meta mark set 0x5'), ONE_PATH)
    expect(found.status).toBe('not-proved')
  })
})
