/** A compiled policy has no rule that earlier rules make unreachable, and decides as the policy. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { FAMILIES, type Family, PROTOCOLS, type Protocol } from '../net/protocol.ts'
import { valueAt } from '../net/range-map.ts'
import { decide } from '../policy/decide.ts'
import { readPolicy } from '../policy/egress/read.ts'
import { endpointsOf } from '../policy/endpoints.ts'
import { zoneFiles } from '../policy/files-fixtures.ts'
import type { Endpoint, Policy } from '../policy/policy.ts'
import { officeWith, zonePolicyOf } from '../policy/zones/fixtures.ts'
import { compile } from './compile.ts'
import { firstMatch, type Packet, rulesOfChain } from './first-match-fixtures.ts'
import { ZONES } from './fixtures.ts'
import { compileZones } from './zones.ts'

const LINKS = new Map([
  ['wan', 'eth0'],
  ['lan', 'eth1'],
  ['dmz', 'eth2'],
])
const HOOKS = ['forward', 'input', 'output'] as const
const rulesIn = (policy: Policy): string[] => {
  const text = compileZones(policy, LINKS)
  return HOOKS.flatMap((hook) => rulesOfChain(text, hook))
}

test.each<[string, readonly string[], readonly RegExp[]]>([
  [
    'a default behind an allow of the same ports',
    [
      '{ from: lan, to: wan, allow: tcp/20-30 }',
      '{ from: lan, to: wan, deny: tcp/25, unless: allowed }',
    ],
    [/dport 20-30 counter accept/],
  ],
  [
    'an allow behind a denial of everything',
    ['{ from: any, to: lan, deny: any }', '{ from: wan, to: lan, allow: tcp/22 }'],
    [/^iifname \{ "eth0", "eth2" \} oifname "eth1" counter drop/, /^oifname "eth1" counter drop/],
  ],
  [
    'a host behind its zone',
    ['{ from: lan, to: dmz, allow: tcp }', '{ from: admin, to: web, allow: tcp/22 }'],
    [/^iifname "eth1" oifname "eth2" meta l4proto tcp counter accept/],
  ],
  [
    'what two earlier rules decide together',
    [
      '{ from: lan, to: wan, deny: tcp/0-99 }',
      '{ from: lan, to: wan, deny: tcp/100-65535 }',
      '{ from: lan, to: wan, allow: [tcp, udp] }',
    ],
    [/dport 0-99 counter drop/, /dport 100-65535 counter drop/, /l4proto udp counter accept/],
  ],
])('left out: %s', (_, statements, expected) => {
  const rules = rulesIn(officeWith(...statements)).filter((text) => !text.includes('otherwise'))
  expect(rules).toEqual(expected.map((pattern) => expect.stringMatching(pattern)))
})

test('kept: a zone behind a host of it, and a family behind the other one', () => {
  const rules = rulesIn(
    officeWith(
      '{ from: admin, to: wan, deny: tcp }',
      '{ from: lan, to: wan, allow: tcp/22 }',
      '{ from: lan, to: dmz, deny: udp, families: [ipv6] }',
      '{ from: lan, to: dmz, allow: udp/53 }',
    ),
  )
  expect(rules.filter((text) => text.includes('accept'))).toEqual([
    expect.stringContaining('tcp dport 22'),
    expect.stringContaining('udp dport 53'),
  ])
})

const FIREWALL_ADDRESS = { 4: '10.0.0.1', 6: 'fd00::1' } as const
const ANYONE = { 4: '198.51.100.9', 6: '2001:db8:9::9' } as const
const NUMBERS: Readonly<Record<Exclude<Protocol, 'ip'>, (family: Family) => number>> = {
  tcp: () => 6,
  udp: () => 17,
  icmp: (family) => (family === 4 ? 1 : 58),
}

interface Asked {
  readonly chain: (typeof HOOKS)[number]
  readonly packet: Packet
  readonly expected: 'open' | 'blocked'
}

/** A packet at both sides of every edge, between all endpoints. */
function packetsOf(policy: Policy): Asked[] {
  const ends = endpointsOf(policy)
  const address = (end: Endpoint, family: Family): string | undefined => {
    if (end.zone === 'firewall') return FIREWALL_ADDRESS[family]
    if (end.name === end.zone) return ANYONE[family]
    const host = policy.hosts.find(({ name }) => name === end.name)
    return host?.addresses.find((one) => one.family === family)?.address
  }
  return ends.flatMap((from) =>
    ends
      .filter(({ zone }) => zone !== from.zone)
      .flatMap((to) =>
        FAMILIES.flatMap((family) => {
          const [source, target] = [address(from, family), address(to, family)]
          if (source === undefined || target === undefined) return []
          const [iifname, oifname] = [LINKS.get(from.zone), LINKS.get(to.zone)]
          const chain = oifname === undefined ? 'input' : iifname ? 'forward' : 'output'
          const links = { ...(iifname && { iifname }), ...(oifname && { oifname }) }
          return PROTOCOLS.flatMap((protocol) =>
            numbersToAsk(policy, { from, to, family, protocol }).map(({ number, expected }) => {
              const isIp = protocol === 'ip'
              const of = { protocol: isIp ? number : NUMBERS[protocol](family), number }
              return { chain, expected, packet: { ...links, family, source, target, ...of } }
            }),
          )
        }),
      ),
  )
}

function numbersToAsk(policy: Policy, question: Parameters<typeof decide>[1]) {
  const spans = decide(policy, question)
  const own = question.family === 4 ? [1, 6, 17] : [58, 6, 17, 0, 43, 44, 60]
  const edges = spans.flatMap(({ from, to }) => [from, to])
  return [...new Set(edges)]
    .filter((number) => question.protocol !== 'ip' || !own.includes(number))
    .map((number) => ({ number, expected: valueAt(spans, number)!.verdict }))
}

test('of any policy for zones, every packet has the verdict of the policy, and every rule decides one', () => {
  fc.assert(
    fc.property(zoneFiles, (file) => {
      const policy = zonePolicyOf(file)
      const text = compileZones(policy, LINKS)
      const chains = new Map(HOOKS.map((hook) => [hook, rulesOfChain(text, hook)]))
      const deciding = new Set<string>()
      for (const { chain, packet, expected } of packetsOf(policy)) {
        const found = firstMatch(chains.get(chain)!, packet)
        expect([packet, found?.verdict === 'accept' ? 'open' : 'blocked']).toEqual([
          packet,
          expected,
        ])
        if (found) deciding.add(`${chain} ${found.index}`)
      }
      const idle = HOOKS.flatMap((hook) =>
        chains.get(hook)!.filter((_, i) => !deciding.has(`${hook} ${i}`)),
      )
      // Through an interface of no zone, what follows the statements is reached.
      expect(idle.filter((rule) => !rule.includes('otherwise'))).toEqual([])
    }),
    { numRuns: 40 },
  )
})

const ROUTER = `policy: router
title: Router
direction: egress
blocked: drop
tcp: { otherwise: deny }
udp: { otherwise: deny }
icmp: { otherwise: deny }
protocols: { otherwise: deny }
inbound: { otherwise: deny }
firewall:
  otherwise: drop
  statements:
`
const router = (...statements: readonly string[]): Policy => {
  const reading = readPolicy(`${ROUTER}${statements.map((s) => `    - ${s}\n`).join('')}`, 'r.yaml')
  if (!reading.ok) throw new Error(reading.problems[0]?.message)
  return reading.value
}

test('of the firewall itself, nothing follows statements that decide everything', () => {
  const text = compile(
    router(
      '{ from: project, to: firewall, deny: any }',
      '{ from: internet, to: firewall, deny: any }',
      '{ from: [project, internet], to: firewall, allow: tcp/22 }',
    ),
    ZONES,
  )
  expect(rulesOfChain(text, 'input')).toEqual([
    expect.stringMatching(/^iifname @project_links counter drop/),
    expect.stringMatching(/^iifname != @project_links counter drop/),
  ])
  expect(rulesOfChain(text, 'output')).toEqual([expect.stringContaining('otherwise drop')])
})

test('one side that is decided leaves the rule about both', () => {
  const text = compile(
    router(
      '{ from: project, to: firewall, deny: any }',
      '{ from: [project, internet], to: firewall, allow: tcp/22 }',
    ),
    ZONES,
  )
  expect(rulesOfChain(text, 'input')).toEqual([
    expect.stringMatching(/^iifname @project_links counter drop/),
    expect.stringMatching(/^tcp dport 22 counter accept/),
    expect.stringContaining('otherwise drop'),
  ])
})
