/** Rules about the hosts of an egress policy: the ruleset decides every packet as the policy does. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FAMILIES, type Family, lastNumber, PROTOCOLS, type Protocol } from '../net/protocol.ts'
import { valueAt } from '../net/range-map.ts'
import { decide } from '../policy/decide.ts'
import { HOSTS, writtenWithHosts } from '../policy/egress/fixtures.ts'
import { lowerEgress } from '../policy/egress/lower.ts'
import { readPolicy } from '../policy/egress/read.ts'
import { INTERNET, type Policy, PROJECT } from '../policy/policy.ts'
import { compile } from './compile.ts'
import { firstMatch, type Packet, PROJECT_LINK, rulesOfChain } from './first-match-fixtures.ts'
import { ZONES } from './fixtures.ts'

const policyWith = (tcp: string, more = ''): Policy => {
  const text = `policy: p
title: T
direction: egress
blocked: drop
hosts:
  relay: { zone: internet, addresses: [192.0.2.25, "2001:db8:25::25"] }
  provider: { zone: internet, addresses: [198.51.100.0/24] }
tcp: ${tcp}
udp: { otherwise: deny }
icmp: { otherwise: deny }
protocols: { otherwise: deny }
inbound: { otherwise: deny }
${more}`
  const reading = readPolicy(text, 'p.yaml')
  if (!reading.ok) throw new Error(reading.problems[0]?.message)
  return reading.value
}
const rulesAbout = (text: string, word: RegExp): string[] =>
  text
    .split('\n')
    .filter((line) => word.test(line))
    .map((line) => line.trim().replace(/ comment ".*"/, ''))

describe('the smallest form', () => {
  test('deny, allow and default, each with the addresses of its hosts', () => {
    const text = compile(
      policyWith(`{ allow: [{ ports: 25, to: [relay, provider] }, { ports: 443 }],
        deny: [{ ports: 22, to: provider }, { ports: 8000-8100, to: relay, unless: allowed }],
        otherwise: allow }`),
      ZONES,
    )
    expect(rulesAbout(text, /daddr/)).toEqual([
      'ip daddr 198.51.100.0/24 tcp dport 22 counter drop',
      'ip daddr 192.0.2.25 tcp dport 25 counter accept',
      'ip6 daddr 2001:db8:25::25 tcp dport 25 counter accept',
      'ip daddr 198.51.100.0/24 tcp dport 25 counter accept',
      'ip daddr 192.0.2.25 tcp dport 8000-8100 counter drop',
      'ip6 daddr 2001:db8:25::25 tcp dport 8000-8100 counter drop',
    ])
  })

  test('an allow is without what is denied towards every address, and vanishes behind it', () => {
    const text = compile(
      policyWith(`{ allow: [{ ports: 20-30, to: relay }, { ports: 40, to: relay }],
        deny: [{ ports: 25 }, { ports: 40-50 }], otherwise: deny }`),
      ZONES,
    )
    expect(rulesAbout(text, /ip daddr/)).toEqual([
      'ip daddr 192.0.2.25 tcp dport { 20-24, 26-30 } counter accept',
    ])
  })

  test('replies that are judged follow the host', () => {
    const text = compile(
      policyWith(
        '{ allow: [{ ports: 25, to: relay }, { ports: [22, 443] }], deny: [{ ports: 22, to: relay }], otherwise: deny }',
        'grants: { revoked: cut }\n',
      ),
      ZONES,
    )
    expect(rulesAbout(text, /ip saddr.*sport/)).toEqual([
      'ct direction reply oifname @project_links ip saddr 192.0.2.25 tcp sport 22 counter drop',
      'ct direction reply oifname @project_links ip saddr 192.0.2.25 tcp sport 25 counter accept',
    ])
  })
})

test('the form that takes grants asks them before a default of a host', () => {
  const text = compile(
    policyWith('{ deny: [{ ports: 8000, to: relay, unless: allowed }], otherwise: allow }'),
    ZONES,
    [],
  )
  expect(rulesAbout(text, /ip daddr/)).toEqual([
    'iifname @project_links ip daddr 192.0.2.25 tcp dport 8000 jump tcp_granted',
    'iifname @project_links ip daddr 192.0.2.25 tcp dport 8000 counter drop',
  ])
  expect(text).toContain('\tchain tcp_granted {\n')
})

test('the firewall itself: hosts behind the link of the Internet', () => {
  const text = compile(
    policyWith(
      '{ otherwise: deny }',
      'firewall: { statements: [{ from: firewall, to: [project, relay], allow: tcp/25 }] }\n',
    ),
    ZONES,
  )
  expect(rulesOfChain(text, 'output').map((line) => line.replace(/ comment.*/, ''))).toEqual([
    'oifname @project_links tcp dport 25 counter accept',
    'oifname != @project_links ip daddr 192.0.2.25 tcp dport 25 counter accept',
    'oifname != @project_links ip6 daddr 2001:db8:25::25 tcp dport 25 counter accept',
    'counter drop',
  ])
})

const TARGETS = {
  4: { [INTERNET]: '203.0.113.10', relay: '192.0.2.25', provider: '198.51.100.255' },
  6: { [INTERNET]: '2001:db8:ffff::10', relay: '2001:db8:25::25' },
} as const
const SOURCES = { 4: '10.20.1.10', 6: '2001:db8:20:1::10' } as const
const number = (protocol: Protocol, family: Family, n: number): number => {
  if (protocol === 'tcp') return 6
  if (protocol === 'udp') return 17
  return protocol === 'ip' ? n : family === 4 ? 1 : 58
}

/** What is decided by `decide`, and by the ruleset. */
interface Probe {
  readonly packet: Packet
  readonly expected: boolean
}

function probesOf(policy: Policy): Probe[] {
  return FAMILIES.flatMap((family) =>
    Object.entries(TARGETS[family]).flatMap(([name, target]) =>
      PROTOCOLS.flatMap((protocol) => {
        const ends = { from: { name: PROJECT, zone: PROJECT }, to: { name, zone: INTERNET } }
        const spans = decide(policy, { ...ends, family, protocol })
        const path = { iifname: PROJECT_LINK, oifname: 'wan0', source: SOURCES[family], target }
        return edgesIn(policy, protocol, family).map((n) => ({
          packet: { ...path, family, number: n, protocol: number(protocol, family, n) },
          expected: valueAt(spans, n)!.verdict === 'open',
        }))
      }),
    ),
  )
}

/** Protocols with sections of their own, and headers before the packet's protocol, are no IP protocols. */
function edgesIn(policy: Policy, protocol: Protocol, family: Family): number[] {
  const own = family === 4 ? [1, 6, 17] : [58, 6, 17, 0, 43, 44, 60]
  const all = [...policy.statements, ...policy.otherwise]
    .flatMap(({ traffic }) => traffic)
    .filter((one) => one.protocol === protocol)
    .flatMap(({ numbers }) => numbers.ranges.flatMap(({ from, to }) => [from, to, to + 1]))
  return [...new Set(all)].filter(
    (n) => n <= lastNumber(protocol) && (protocol !== 'ip' || !own.includes(n)),
  )
}

test('of any policy with hosts, every packet has the verdict of the policy, and every rule of a host decides one', () => {
  fc.assert(
    fc.property(writtenWithHosts, (written) => {
      const policy = lowerEgress(written)
      const rules = rulesOfChain(compile(policy, ZONES), 'egress')
      const deciding = new Set<number>()
      for (const { packet, expected } of probesOf(policy)) {
        const found = firstMatch(rules, packet)!
        expect([packet, found.verdict === 'accept']).toEqual([packet, expected])
        deciding.add(found.index)
      }
      const idle = rules.filter((rule, i) => /ip6? daddr/.test(rule) && !deciding.has(i))
      expect(idle).toEqual([])
    }),
    { numRuns: 40 },
  )
})

test('the hosts of these policies have an address of either family, a network, and none', () => {
  expect(HOSTS.map(({ addresses }) => addresses.map(({ prefixLength }) => prefixLength))).toEqual([
    [32, 128],
    [24],
  ])
})
