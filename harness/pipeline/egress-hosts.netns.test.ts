/**
 * Hosts in egress policies: the compiled ruleset opens their ports towards them alone, and a ruleset
 * that opens more, less or elsewhere is found with the path.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { nftproof } from '../../tools/testing/command.ts'

const folder = mkdtempSync(join(tmpdir(), 'nftproof-egress-hosts-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
mkdirSync(join(folder, 'policies'))
const write = (name: string, text: string): void => writeFileSync(join(folder, name), text)
const run = (...args: readonly string[]) =>
  nftproof(['run', 'hosts.yaml', '--no-save', ...args], { cwd: folder })

const POLICY = `policy: mail
title: Mail leaves through a relay
direction: egress
blocked: drop
hosts:
  relay: { zone: internet, addresses: [192.0.2.25, "2001:db8:25::25"] }
  provider: { zone: internet, addresses: [198.51.100.0/24] }
tcp:
  allow:
    - { ports: 443 }
    - { ports: 25, to: relay }
    - { ports: 587, to: [relay, provider] }
  deny:
    - { ports: 443, to: provider }
    - { ports: 8000-8010, to: relay, unless: allowed }
  otherwise: deny
udp: { otherwise: deny }
icmp: { otherwise: deny }
protocols: { otherwise: deny }
inbound: { otherwise: deny }
grants: { revoked: cut }
firewall:
  statements:
    - { from: firewall, to: relay, allow: tcp/25 }
    - { from: relay, to: firewall, allow: tcp/22 }
`
write('policies/mail.yaml', POLICY)
write(
  'hosts.yaml',
  `title: Mail leaves through a relay
requirement: Projects reach port 25 of the relay, and of no other host.
source: A test
policy: policies/mail.yaml
projects:
  shop: { link: shop0, addresses: [10.20.1.10/24, "2001:db8:20:1::10/64"] }
sweeps:
  - { from: shop, to: internet }
  - { from: firewall, to: internet, protocols: [tcp] }
  - { from: internet, to: firewall, protocols: [tcp] }
`,
)
const FEW = ['--protocol', 'tcp', '--ports', '20-30,440-445,585-590,7999-8011']

describe('the compiled ruleset', () => {
  const compiled = (...more: readonly string[]): string =>
    nftproof(['compile', 'hosts.yaml', ...more], { cwd: folder }).out

  test('conforms on every path, and every host has its own', () => {
    const { code, out } = run('--protocol', 'tcp,udp,icmp,ip', '--ports', '0-1000,7999-8011')
    expect(out).toContain('1 scenario conforms')
    for (const path of ['shop → relay', 'shop → provider', 'firewall → relay', 'relay → firewall'])
      expect(out).toContain(`${path} · IPv4 · TCP`)
    expect(out).not.toContain('provider · IPv6')
    expect(code).toBe(0)
  })

  test('conforms in the form that takes grants', () => {
    write('taking.nft', compiled('--grants'))
    const { code, out } = run('--ruleset', 'taking.nft', ...FEW)
    expect(out).toContain('1 scenario conforms')
    expect(code).toBe(0)
  })

  test.each<[string, (text: string) => string, RegExp]>([
    [
      'opens a port of the relay to everyone',
      (text) => text.replace('ip daddr 192.0.2.25 tcp dport 25 ', 'tcp dport 25 '),
      /shop → internet · IPv4 · TCP · 25 expected blocked, observed ONE-WAY/,
    ],
    [
      'opens a port of the network to the next one',
      (text) => text.replace('198.51.100.0/24 tcp dport 587', '198.51.100.0/23 tcp dport 587'),
      /shop → internet \(198\.51\.101\.0\) · IPv4 · TCP · 587 expected blocked/,
    ],
    [
      'opens only half of a network',
      (text) => text.replace('198.51.100.0/24 tcp dport 587', '198.51.100.0/25 tcp dport 587'),
      /shop → internet \(198\.51\.100\.255\) · IPv4 · TCP · 587 expected open/,
    ],
    [
      'leaves the relay closed',
      (text) => text.replace(/.*ip daddr 192\.0\.2\.25 tcp dport 25 .*\n/, ''),
      /shop → relay[\s\S]*│ 25 .*DROPPED/,
    ],
    [
      'lets every host of the Internet in',
      (text) => text.replace('ip saddr 192.0.2.25 tcp dport 22', 'tcp dport 22'),
      /internet → firewall[\s\S]*│ 22 .*OPEN/,
    ],
  ])('broken: %s', (_, spoil, expected) => {
    const text = compiled()
    expect(spoil(text)).not.toBe(text)
    write('broken.nft', spoil(text))
    const { code, out } = run('--ruleset', 'broken.nft', '--family', 'ipv4', ...FEW)
    expect(out).toMatch(expected)
    expect(code).toBe(1)
  })
})

test('--to names a zone with its hosts, or one host, and the replay names the host', () => {
  const only = (...args: readonly string[]) => run('--family', 'ipv4', ...FEW, ...args).out
  const paths = (out: string): string[] => [
    ...new Set([...out.matchAll(/ hosts · (.*?) · IPv4/g)].map(([, path]) => path!)),
  ]
  expect(paths(only('--to', 'relay'))).toEqual(['shop → relay', 'firewall → relay'])
  expect(paths(only('--from', 'shop', '--to', 'internet'))).toEqual(
    expect.arrayContaining(['shop → internet', 'shop → relay', 'shop → provider']),
  )
  write('open.nft', '# no rules\n')
  expect(only('--ruleset', 'open.nft', '--to', 'relay')).toMatch(
    /replay: nftproof run .*hosts\.yaml --from shop --to relay/,
  )
})

test('a sweep may name a host; a host in the network of a project is refused with its line', () => {
  const scenario = (to: string): string => `title: One host
requirement: r
source: s
policy: policies/mail.yaml
projects: { shop: { link: shop0, addresses: [10.20.1.10/24] } }
sweeps: [{ from: "*", to: ${to}, protocols: [tcp] }]
`
  write('one.yaml', scenario('relay'))
  const at = (...args: readonly string[]) => nftproof(['run', ...args], { cwd: folder })
  const { out, code } = at('one.yaml', '--no-save', '--ports', '20-30')
  expect(out).toContain('shop → relay')
  expect(out).not.toContain('shop → internet')
  expect(code).toBe(0)
  write('wrong.yaml', scenario('rely'))
  expect(at('wrong.yaml')).toMatchObject({
    code: 2,
    err: expect.stringMatching(/wrong\.yaml:6:\d+: unknown zone "rely" — did you mean "relay"/),
  })
  write('policies/within.yaml', POLICY.replace('192.0.2.25', '10.20.1.25'))
  write('within.yaml', scenario('relay').replace('mail.yaml', 'within.yaml'))
  expect(at('within.yaml')).toMatchObject({
    code: 2,
    err: expect.stringMatching(
      /within\.yaml:6:\d+: host "relay": 10\.20\.1\.25 is routed to zone shop in this lab, not to internet/,
    ),
  })
})
