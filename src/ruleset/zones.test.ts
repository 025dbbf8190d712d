import { expect, test } from 'vitest'
import { OFFICE, officeWith, zonePolicyOf } from '../policy/zones/fixtures.ts'
import { compileZones } from './zones.ts'

const LINKS = new Map([
  ['wan', 'eth0'],
  ['lan', 'eth1'],
  ['dmz', 'eth2'],
])
const rules = (...statements: readonly string[]): string[] =>
  compileZones(officeWith(...statements), LINKS)
    .split('\n')
    .filter((line) => line.includes('comment') && !line.includes('otherwise'))
    .map((line) => line.trim().replace(/ counter| comment ".*"/g, ''))

test.each<[string, readonly string[]]>([
  [
    '{ from: wan, to: web, allow: tcp/80, families: [ipv4] }',
    ['iifname "eth0" oifname "eth2" ip daddr 192.0.2.80 tcp dport 80 accept'],
  ],
  // The administrator has no IPv6 address, so nothing is said of it over IPv6.
  [
    '{ from: admin, to: firewall, allow: tcp/22 }',
    ['iifname "eth1" ip saddr 10.20.1.5 tcp dport 22 accept'],
  ],
  [
    '{ from: firewall, to: wan, allow: udp/53, families: [ipv6] }',
    ['meta nfproto ipv6 oifname "eth0" udp dport 53 accept'],
  ],
  [
    '{ from: lan, to: wan, deny: tcp/25, by: tcp-reset, families: [ipv4] }',
    ['meta nfproto ipv4 iifname "eth1" oifname "eth0" tcp dport 25 reject with tcp reset'],
  ],
  [
    '{ from: lan, to: wan, allow: icmp, families: [ipv6] }',
    ['iifname "eth1" oifname "eth0" meta nfproto . meta l4proto { ipv6 . icmpv6 } accept'],
  ],
  [
    '{ from: lan, to: wan, allow: ip/gre, families: [ipv4] }',
    ['meta nfproto ipv4 iifname "eth1" oifname "eth0" meta l4proto 47 accept'],
  ],
  // Both families in one rule where it is the same.
  [
    '{ from: lan, to: wan, allow: ip/gre }',
    ['iifname "eth1" oifname "eth0" meta l4proto 47 accept'],
  ],
  ['{ from: lan, to: wan, allow: any }', ['iifname "eth1" oifname "eth0" accept']],
  [
    '{ from: lan, to: wan, allow: any, families: [ipv6] }',
    ['meta nfproto ipv6 iifname "eth1" oifname "eth0" accept'],
  ],
  // Interfaces and numbers of one statement are together.
  [
    '{ from: any, to: [lan, dmz], allow: [tcp/22, tcp/80-90, udp/53] }',
    [
      'iifname { "eth0", "eth2" } oifname "eth1" tcp dport { 22, 80-90 } accept',
      'iifname { "eth0", "eth2" } oifname "eth1" udp dport 53 accept',
      'iifname { "eth0", "eth1" } oifname "eth2" tcp dport { 22, 80-90 } accept',
      'iifname { "eth0", "eth1" } oifname "eth2" udp dport 53 accept',
      'oifname { "eth1", "eth2" } tcp dport { 22, 80-90 } accept',
      'oifname { "eth1", "eth2" } udp dport 53 accept',
    ],
  ],
  // A host keeps its own address.
  [
    '{ from: [wan, admin], to: firewall, deny: any, families: [ipv4] }',
    ['meta nfproto ipv4 iifname "eth0" drop', 'iifname "eth1" ip saddr 10.20.1.5 drop'],
  ],
])('%s', (statement, expected) => {
  expect(rules(statement)).toEqual(expected)
})

test('an explicit deny comes before allow, a default after it, whatever the order in the file', () => {
  const said = rules(
    '{ from: lan, to: wan, deny: tcp/24, unless: allowed, by: reject }',
    '{ from: lan, to: wan, allow: tcp/25-99 }',
    '{ from: lan, to: wan, deny: tcp/25 }',
  )
  expect(said).toEqual([
    expect.stringMatching(/dport 25 drop$/),
    expect.stringMatching(/accept$/),
    expect.stringMatching(/dport 24 reject with tcp reset$/),
  ])
})

test('otherwise is dropped or rejected as the policy says', () => {
  const text = (word: string): string =>
    compileZones(zonePolicyOf(OFFICE.replace('otherwise: drop', `otherwise: ${word}`)), LINKS)
  expect(text('reject')).toContain('meta l4proto tcp counter reject with tcp reset')
  expect(text('reject')).toContain(
    'meta l4proto udp counter reject with icmpx type port-unreachable',
  )
  expect(text('allow')).toContain('counter accept comment "office.yaml:7 otherwise allow"')
})

test('a zone without an interface, and two zones with one interface, are refused', () => {
  expect(() => compileZones(officeWith(), new Map([['wan', 'eth0']]))).toThrow(
    /zones lan, dmz have no interface/,
  )
  const two = [...LINKS].slice(0, 2)
  expect(() => compileZones(officeWith(), new Map(two))).toThrow(/zone \w+ has no interface/)
  expect(() => compileZones(officeWith(), new Map([...LINKS, ['lan', 'eth0']]))).toThrow(
    /zones wan and lan are both behind eth0/,
  )
})
