/** Rules of iptables, state of scripts, ingress chains and marks: each that differs was tried, or is named. */
import { describe, expect, test } from 'vitest'
import type { Firewall } from '../../src/firewall/firewall.ts'
import {
  BACK,
  compare,
  comparesRules,
  firewall,
  ONE_PATH,
  pair,
  type Rules,
  told,
} from '../../tools/testing/changed-rules.ts'

comparesRules()

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
      ['new.v4:10 untested: the point at which its recent triggers is not compared'],
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

describe('each connection state of a rule', () => {
  const saved = (state: string): Firewall =>
    firewall(
      `*filter\n:INPUT DROP [0:0]\n:FORWARD DROP [0:0]\n:OUTPUT ACCEPT [0:0]\n${[
        '-A INPUT -m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        `-A INPUT -i wan0 -p udp -m conntrack ${state} -m udp --dport 53 -j ACCEPT`,
      ].join('\n')}\nCOMMIT\n`,
      'rules.v4',
      'iptables',
    )
  const nft = (state: string): Rules => ({
    input: [BACK, `iifname "wan0" ${state} udp dport 53 accept`],
  })
  const ASKED = { ...ONE_PATH, protocols: ['udp'] as const }
  const UNMADE =
    'untested: no packet of connection state invalid passes the input hook on these paths'

  test.each<[string, string, string[]]>([
    ['ct state { new, invalid }', 'not-proved', [`new.nft:5 ${UNMADE}`]],
    ['ct state new,invalid', 'not-proved', [`new.nft:5 ${UNMADE}`]],
    ['ct state != { established, related }', 'not-proved', [`new.nft:5 ${UNMADE}`]],
    [
      'ct state { untracked, new }',
      'same',
      ['new.nft:5 shadowed: no rule leaves packets untracked'],
    ],
    [
      'ct state { related, new }',
      'same',
      ['new.nft:5 shadowed: no rule expects related connections'],
    ],
  ])('%s in place of new', async (state, status, expected) => {
    const found = await pair(nft('ct state new'), nft(state), ASKED)
    expect([found.status, told(found)]).toEqual([status, expected])
  })

  test.each([
    [
      '--ctstate NEW,INVALID',
      'not-proved',
      ['rules.v4:6 untested: no probe satisfies its conditions'],
    ],
    ['! --ctstate ESTABLISHED,RELATED,INVALID,UNTRACKED', 'same', []],
  ])('%s in place of NEW', async (state, status, expected) => {
    const found = await compare(saved('--ctstate NEW'), saved(state), ASKED)
    expect([found.status, told(found)]).toEqual([status, expected])
  })
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
  const DROP = 'iptables -P INPUT DROP'
  const RULES_80 = ['iptables -A INPUT -i wan0 -p tcp --dport 80 -j ACCEPT', DROP]
  const COUNTED = [
    'ipset create seen hash:ip counters',
    'iptables -A INPUT -m set --match-set seen src --packets-gt 900 -j DROP',
  ]
  const SET = ['ipset create banned hash:ip', 'ipset add banned 192.0.2.7']

  const LOAD = 'load() { modprobe "$1" 2>/dev/null || true; }'
  test.each<[string, string[], string[], string, string[]]>([
    [
      'a function with an argument',
      [LOAD, ...RULES_80, 'load nf_nat_ftp'],
      [LOAD, ...RULES_80, 'load nf_nat_sip'],
      'not-proved',
      ['old.sh:2 untested: UNSEEN', 'new.sh:2 untested: UNSEEN'],
    ],
    [
      'rules by a function, written out',
      ['allow() { iptables -A INPUT -i wan0 -p tcp --dport "$1" -j ACCEPT; }', 'allow 80', DROP],
      RULES_80,
      'same',
      [],
    ],
    [
      'a rule that only counts the packets of a set, which another rule compares',
      [...COUNTED, ...RULES_80],
      [...COUNTED, 'iptables -I INPUT -m set --match-set seen src', ...RULES_80],
      'not-proved',
      ['new.sh:4 untested: no probe varies set --match-set seen src'],
    ],
  ])('%s', async (_, old, young, status, expected) => {
    const found = await compare(script('old.sh', ...old), script('new.sh', ...young), {
      to: ['firewall'],
    })
    const unseen = 'the lab showed no effect of this command, and no probe tests it'
    expect(told(found).map((line) => line.replace(unseen, 'UNSEEN'))).toEqual(expected)
    expect(found.status).toBe(status)
  })

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
      / untested: routing rules of the lab match marks, .*: ip rule from all fwmark 0x7 lookup 100$/,
    )
    expect(routed.status).toBe('not-proved')
    const plain = await compare(script('old.sh', ...own), set())
    expect(told(plain).at(-1)).toMatch(
      / tried: sets a mark that no rule and no routing rule of the lab matches/,
    )
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

describe('chains that are reached in other ways than by a plain jump', () => {
  const named = (link: string, ...rules: string[]): Rules => ({
    input: [BACK, 'iifname vmap @m', 'tcp dport 22 accept'],
    named: [`map m { type ifname : verdict; ${link} }`, 'chain odd {', ...rules, '}'],
  })
  const ODD = 'elements = { "wan0" : jump odd }'
  const KEPT = 'tcp dport 23 accept'
  test.each([
    ['a named verdict map', ODD],
    ['a verdict map that is empty', ''],
  ])('%s: a rule that no probe tests is not proved', async (_, link) => {
    const option = 'tcp option maxseg size 1-500 tcp dport 25 accept'
    const found = await pair(named(link, KEPT), named(link, KEPT, option), ONE_PATH)
    expect(told(found)).toEqual([expect.stringMatching(/^new\.nft:\d+ untested: no probe varies /)])
    expect(found.status).toBe('not-proved')
  })

  test('a named verdict map: an equal rule in other words is the same', async () => {
    const halves = [
      'ip saddr 0.0.0.0/1 tcp dport 23 accept',
      'ip saddr 128.0.0.0/1 tcp dport 23 accept',
    ]
    const found = await pair(named(ODD, KEPT), named(ODD, ...halves), ONE_PATH)
    expect(found.status).toBe('same')
  })

  test('20 legacy chains: a string match in the last one is not proved', async () => {
    const chains = Array.from({ length: 20 }, (_, i) => `c${i + 1}`)
    const saved = (...last: string[]): string =>
      [
        ...['*filter', ':INPUT DROP [0:0]', ':FORWARD DROP [0:0]', ':OUTPUT ACCEPT [0:0]'],
        ...chains.map((name) => `:${name} - [0:0]`),
        ...chains.map((name, i) => `-A ${i === 0 ? 'INPUT' : `c${i}`} -j ${name}`),
        ...last.map((rule) => `-A c20 -p tcp -m tcp --dport ${rule} -j ACCEPT`),
        'COMMIT\n',
      ].join('\n')
    const of = (file: string, ...last: string[]): Firewall =>
      firewall(saved(...last), file, 'iptables', { backend: 'legacy' })
    const found = await compare(
      of('old.v4', '22'),
      of('new.v4', '22', '80 -m string --string "x y" --algo bm'),
      { to: ['firewall'] },
    )
    expect(told(found)).toEqual(['new.v4:46 untested: no probe varies string'])
    expect(found.status).toBe('not-proved')
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

describe('another device of an ingress chain', () => {
  const on = (devices: string, rule: string): Rules => ({
    more: `table netdev n {\n\tchain i {\n\t\ttype filter hook ingress ${devices} priority 0; policy accept;\n\t\t${rule}\n\t}\n}\n`,
  })
  const OPTION = 'tcp option maxseg size 1-500 drop'
  test.each([
    ['device "wan0"', 'device "lan0"', ['old', 'new']],
    ['device "wan0"', 'devices = { "wan0", "lan0" }', ['new']],
  ])('a rule that no probe tests is not proved: %s, %s', async (was, is, sides) => {
    const found = await pair(on(was, OPTION), on(is, OPTION))
    expect(told(found).map((line) => line.replace(/\.nft:\d+ /, ' '))).toEqual(
      sides.map((side) => `${side} untested: no probe varies tcp option maxseg size`),
    )
    expect(found.status).toBe('not-proved')
  })

  test('a rule that probes test is a difference', async () => {
    const rule = 'tcp dport 22 drop'
    const found = await pair(on('device "wan0"', rule), on('device "lan0"', rule))
    expect(found.status).toBe('different')
  })

  test('the same devices in another order are the same', async () => {
    const [was, is] = ['devices = { "wan0", "lan0" }', 'devices = { "lan0", "wan0" }']
    const found = await pair(on(was, OPTION), on(is, OPTION))
    expect([told(found), found.status]).toEqual([[], 'same'])
  })
})

test.each([
  ['limit rate 1000/second burst 50000 packets', 'the point at which its limit triggers'],
  ['tcp option maxseg size != 1-500', 'no probe varies tcp option maxseg'],
])('the same part at another rule proves nothing: %s', async (part, reason) => {
  const [ssh, web] = [`tcp dport 22 ${part} accept`, `tcp dport 80 ${part} accept`]
  const plain: Rules = { input: [BACK, ssh, 'tcp dport 80 accept'] }
  const found = await pair(plain, { input: [BACK, ssh, web] }, ONE_PATH)
  expect(told(found)).toContainEqual(expect.stringContaining(`new.nft:6 untested: ${reason}`))
  expect(found.status).toBe('not-proved')
})

test('a rule that only uses up the quota of another rule is not proved', async () => {
  const rules = (...first: string[]): Rules => ({
    input: [BACK, ...first, 'tcp dport 80 quota name "most" drop', 'tcp dport 80 accept'],
    named: ['quota most { over 90 mbytes }'],
  })
  const found = await pair(rules(), rules('tcp dport 25 quota name "most" counter'), ONE_PATH)
  expect(told(found)).toEqual([expect.stringMatching(/^new\.nft:5 untested: /)])
  expect(found.status).toBe('not-proved')
})

test.each<[string, string, string, string]>([
  [
    'the timeout of a set',
    'set s { type ipv4_addr; flags timeout; timeout 1h; elements = { 198.51.100.7 }; }',
    'set s { type ipv4_addr; flags timeout; timeout 9d; elements = { 198.51.100.7 }; }',
    'ip saddr @s tcp dport 25 accept',
  ],
  [
    'a limit that a map names',
    'limit l { rate 1000/second burst 50000 packets; }',
    'limit l { rate 9000/second burst 50000 packets; }',
    'limit name tcp dport map { 25 : "l" } accept',
  ],
])('a rule that uses what differs is not proved: %s', async (_, old, young, rule) => {
  const rules = (named: string): Rules => ({ input: [BACK, rule], named: [named] })
  const found = await pair(rules(old), rules(young), ONE_PATH)
  expect(told(found)).toContainEqual(
    expect.stringMatching(/^new\.nft:5 untested: (?:the point at|no probe satisfies)/),
  )
  expect(found.status).toBe('not-proved')
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
        'new.nft:4 tried: sets a mark that no rule and no routing rule of the lab matches: no effect in this lab',
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
