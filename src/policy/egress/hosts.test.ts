import { describe, expect, test } from 'vitest'
import { problemText } from '../../input/problem.ts'
import type { Family, Protocol } from '../../net/protocol.ts'
import { valueAt } from '../../net/range-map.ts'
import { grant } from '../../ruleset/fixtures.ts'
import { decide, type Question } from '../decide.ts'
import { INTERNET, type Policy, PROJECT } from '../policy.ts'
import { readPolicy } from './read.ts'

const HEAD = `policy: p
title: T
direction: egress
blocked: drop
hosts:
  relay: { zone: internet, addresses: [192.0.2.25, "2001:db8:25::25"] }
  provider: { zone: internet, addresses: [198.51.100.0/24] }
`
const REST = `udp: { otherwise: deny }
icmp: { otherwise: deny }
protocols: { otherwise: deny }
inbound: { otherwise: deny }
`
const textOf = (tcp: string, rest = REST): string => `${HEAD}tcp:\n${tcp}\n${rest}`

function read(text: string): Policy {
  const reading = readPolicy(text, 'p.yaml')
  if (!reading.ok) throw new Error(reading.problems.map(problemText).join('\n'))
  return reading.value
}
const problems = (text: string): string[] => {
  const reading = readPolicy(text, 'p.yaml')
  return reading.ok ? [] : reading.problems.map(problemText)
}
const warnings = (text: string): string[] => {
  const reading = readPolicy(text, 'p.yaml')
  return reading.ok ? reading.warnings.map(problemText) : []
}

const FROM = { name: PROJECT, zone: PROJECT }
const towards = (name: string) => ({ name, zone: INTERNET })
function at(
  policy: Policy,
  to: string,
  port: number,
  more: Partial<Question> & { family?: Family; protocol?: Protocol } = {},
) {
  const spans = decide(policy, {
    from: FROM,
    to: towards(to),
    family: 4,
    protocol: 'tcp',
    ...more,
  })
  const { verdict, clause } = valueAt(spans, port)!
  return `${verdict}: ${clause.label}`
}

test('an allow to a host opens its ports towards this host alone', () => {
  const policy = read(
    textOf('  allow: [{ ports: 25, to: relay }, { ports: 443 }]\n  otherwise: deny'),
  )
  expect(at(policy, 'relay', 25)).toBe('open: allow tcp 25 to relay')
  expect(at(policy, 'relay', 443)).toBe('open: allow tcp 443')
  expect(at(policy, 'provider', 25)).toBe('blocked: otherwise deny')
  expect(at(policy, INTERNET, 25)).toBe('blocked: otherwise deny')
  expect(at(policy, 'relay', 25, { protocol: 'udp' })).toBe('blocked: otherwise deny')
})

test('precedence is the same for hosts: deny, allow, grants, defaults', () => {
  const policy = read(
    textOf(`  allow: [{ ports: 20-30 }]
  deny:
    - { ports: 25, to: provider }
    - { ports: 8000-8100, to: [relay, provider], unless: allowed }
  otherwise: allow`),
  )
  expect(at(policy, 'provider', 25)).toBe('blocked: deny tcp 25 to provider')
  expect(at(policy, 'relay', 25)).toBe('open: allow tcp 20–30')
  expect(at(policy, 'relay', 8080)).toBe('blocked: deny tcp 8000–8100 to relay, provider')
  expect(at(policy, INTERNET, 8080)).toBe('open: otherwise allow')
  const grants = [grant('g', 'shop', { tcp: '25,8080' })]
  const granted = { grants, target: '198.51.100.7' }
  expect(at(policy, 'provider', 8080, { granted })).toBe('open: grant g')
  expect(at(policy, 'provider', 25, { granted })).toBe('blocked: deny tcp 25 to provider')
})

test('"to: internet" means every address, hosts included', () => {
  const policy = read(
    textOf('  allow: [{ ports: 443, to: internet, service: web }]\n  otherwise: deny'),
  )
  for (const name of [INTERNET, 'relay']) expect(at(policy, name, 443)).toBe('open: allow web')
})

describe('errors', () => {
  test.each<[string, string, RegExp]>([
    [
      'an unknown host',
      textOf('  allow: [{ ports: 25, to: rely }]\n  otherwise: deny'),
      /^p\.yaml:9:28: to "rely": unknown host — did you mean "relay"\?$/,
    ],
    [
      'an unknown host in a list',
      textOf('  deny: [{ ports: 25, to: [relay, shop] }]\n  otherwise: deny'),
      /^p\.yaml:9:35: to "shop": unknown host/,
    ],
    [
      'a host of a project',
      textOf('  otherwise: deny').replace('zone: internet', 'zone: project'),
      /^p\.yaml:6:18: host "relay": zone "project": a host of an egress policy is on the Internet/,
    ],
    [
      'an unknown zone',
      textOf('  otherwise: deny').replace('zone: internet', 'zone: internt'),
      /^p\.yaml:6:18: unknown zone "internt" — did you mean "internet"/,
    ],
    [
      'host bits after a prefix',
      textOf('  otherwise: deny').replace('198.51.100.0/24', '198.51.100.1/24'),
      /^p\.yaml:7:43: address "198\.51\.100\.1\/24": has host bits after the prefix: write 198\.51\.100\.0\/24$/,
    ],
    [
      'an address within the network of another host',
      textOf('  otherwise: deny').replace('192.0.2.25', '198.51.100.25'),
      /^p\.yaml:7:43: address "198\.51\.100\.0\/24" overlaps 198\.51\.100\.25 of host relay$/,
    ],
    [
      'a host with the name of a zone',
      textOf('  otherwise: deny').replace('provider:', 'project:'),
      /^p\.yaml:7:3: host "project": a zone already has this name/,
    ],
    [
      'a reserved name',
      textOf('  otherwise: deny').replace('provider:', 'any:'),
      /^p\.yaml:7:3: host "any": reserved/,
    ],
    [
      'a host of the firewall section that is not defined',
      textOf(
        '  otherwise: deny',
        `${REST}firewall: { statements: [{ from: firewall, to: rely, allow: udp/53 }] }\n`,
      ),
      /unknown zone or host "rely" — did you mean "relay"\?$/,
    ],
  ])('%s', (_, text, message) => {
    expect(problems(text).join('\n')).toMatch(message)
  })

  test('hosts under a mistyped key are still known', () => {
    const text = textOf('  allow: [{ ports: 25, to: relay }]\n  otherwise: deny').replace(
      'hosts:',
      'host:',
    )
    expect(problems(text)).toEqual([
      expect.stringContaining('unknown key "host" — did you mean "hosts"?'),
    ])
  })
})

test('the firewall itself may be told of hosts', () => {
  const statements = '[{ from: firewall, to: relay, allow: tcp/25 }]'
  const policy = read(
    textOf('  otherwise: deny', `${REST}firewall: { statements: ${statements} }\n`),
  )
  const from = { name: 'firewall', zone: 'firewall' }
  expect(at(policy, 'relay', 25, { from })).toBe('open: allow tcp/25')
  expect(at(policy, INTERNET, 25, { from })).toBe('blocked: otherwise blocked')
})

test('lines and hosts without effect are reported', () => {
  const said = warnings(
    textOf(`  allow:
    - { ports: 25 }
    - { ports: 25, to: relay }
    - { ports: 443, to: relay }
  deny:
    - { ports: 25, to: relay, unless: allowed }
    - { ports: 400-500, to: relay }
  otherwise: deny`),
  )
  expect(said).toEqual([
    'p.yaml:7:3: host "provider" is in no line: it has no effect',
    'p.yaml:11:7: "allow tcp 25 to relay" adds nothing: other lines already say this',
    'p.yaml:12:7: "allow tcp 443 to relay" decides nothing: all of it is denied',
    'p.yaml:14:7: "deny tcp 25 to relay" denies nothing: all of it is allowed, and allow beats a deny with "unless: allowed"',
  ])
})
