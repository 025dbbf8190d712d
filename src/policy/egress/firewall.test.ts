/** What an egress policy says of the firewall itself. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { problemText } from '../../input/problem.ts'
import { FIREWALL } from '../../lab/lab.ts'
import { FAMILIES, type Family, PROTOCOLS, type Protocol } from '../../net/protocol.ts'
import { valueAt } from '../../net/range-map.ts'
import { decide } from '../decide.ts'
import { egressFiles } from '../files-fixtures.ts'
import type { Policy } from '../policy.ts'
import { INBOUND, OUTBOUND } from '../statements.ts'
import { readPolicy } from './read.ts'

const HEAD = `policy: p
title: t
direction: egress
blocked: drop
tcp: { allow: [{ ports: 22 }], otherwise: deny }
udp: { otherwise: deny }
icmp: { otherwise: deny }
protocols: { otherwise: deny }
inbound: { otherwise: allow }
`

const readingOf = (firewall: string) => readPolicy(`${HEAD}firewall:\n${firewall}\n`, 'p.yaml')

function policyWith(firewall: string): Policy {
  const reading = readingOf(firewall)
  if (!reading.ok) throw new Error(reading.problems.map(problemText).join('\n'))
  return reading.value
}

const end = (name: string) => ({ name, zone: name })

function at(policy: Policy, path: string, packet: string, family: Family = 4): string {
  const [from, to] = path.split(' → ').map((name) => end(name))
  const [protocol, number] = packet.split('/') as [Protocol, string]
  const ends = { from: from!, to: to! }
  const value = valueAt(decide(policy, { ...ends, family, protocol }), Number(number))!
  return `${value.verdict === 'open' ? 'open' : `blocked ${value.by}`} ${value.clause.at.line}`
}

describe('statements about the firewall', () => {
  const policy = policyWith(`  otherwise: reject
  statements:
    - { from: project, to: firewall, allow: [udp/53, icmp/echo-request] }
    - { from: [project, internet], to: firewall, deny: tcp/22, by: drop, families: [ipv4] }
    - { from: project, to: firewall, allow: tcp/20-30 }
    - { from: firewall, to: internet, deny: tcp, unless: allowed, by: drop }
    - { from: firewall, to: internet, allow: tcp/443 }`)
  test.each<[string, string, string, Family?]>([
    ['project → firewall', 'udp/53', 'open 13'],
    ['project → firewall', 'udp/54', 'blocked port-unreachable 11'],
    ['project → firewall', 'icmp/8', 'open 13'],
    ['project → firewall', 'tcp/22', 'blocked drop 14'],
    ['project → firewall', 'tcp/22', 'open 15', 6],
    ['project → firewall', 'tcp/23', 'open 15'],
    ['internet → firewall', 'tcp/23', 'blocked tcp-reset 11'],
    ['firewall → internet', 'tcp/443', 'open 17'],
    ['firewall → internet', 'tcp/444', 'blocked drop 16'],
    ['firewall → project', 'tcp/443', 'blocked tcp-reset 11'],
    ['project → internet', 'tcp/22', 'open 5'],
    ['internet → project', 'tcp/23', 'open 9'],
  ])('%s %s: %s', (path, packet, expected, family) => {
    expect(at(policy, path, packet, family)).toBe(expected)
  })

  test('spoofed packets and grants change nothing', () => {
    const question = {
      from: end('project'),
      to: end(FIREWALL),
      family: 4,
      protocol: 'tcp',
    } as const
    const grants = [{ tcp: 9000, project: 'shop' }] as never
    expect(
      decide(policy, { ...question, spoofed: true, granted: { grants, target: '192.0.2.1' } }),
    ).toEqual(decide(policy, question))
  })
})

test('the section changes nothing of what the firewall forwards', () => {
  const section = `
firewall:
  otherwise: allow
  statements:
    - { from: [project, internet], to: firewall, deny: any }
    - { from: firewall, to: [project, internet], deny: any, unless: allowed }
`
  fc.assert(
    fc.property(egressFiles, (text) => {
      const [plain, more] = [text, `${text}${section}`].map((one) => readPolicy(one, 'p.yaml'))
      if (!plain!.ok || !more!.ok) throw new Error(text)
      for (const ends of [OUTBOUND, INBOUND])
        for (const family of FAMILIES)
          for (const protocol of PROTOCOLS) {
            const question = { ...ends, family, protocol }
            expect(decide(more!.value, question)).toEqual(decide(plain!.value, question))
          }
    }),
    { numRuns: 30 },
  )
})

test.each([
  [
    '  statements: [{ from: project, to: internet, allow: tcp }]',
    'p.yaml:11:16: a statement of "firewall" goes from "firewall" to "project", "internet" or hosts, or from these to "firewall"',
  ],
  [
    '  statements: [{ from: [project, firewall], to: internet, allow: tcp }]',
    /goes from "firewall" to/,
  ],
  ['  statements: [{ from: firewall, to: firewall, allow: tcp }]', /goes from "firewall" to/],
  [
    '  statements: [{ from: projct, to: firewall, allow: tcp }]',
    /^p\.yaml:11:16: unknown zone or host "projct" — did you mean "project"\?$/,
  ],
  ['  statements: [{ from: project, to: firewall, allow: tpc }]', /allow "tpc": unknown protocol/],
  ['  otherwise: deny', /otherwise "deny": must be allow, blocked, drop/],
  [
    '  statements: [{ from: shop, to: firewall, allow: tcp }, { from: internet, to: firewall }]',
    /unknown zone or host "shop"[\s\S]*must have allow or deny/,
  ],
])('%s is refused', (firewall, message) => {
  const reading = readingOf(firewall)
  const said = reading.ok ? '' : reading.problems.map(problemText).join('\n')
  if (typeof message === 'string') expect(said).toBe(message)
  else expect(said).toMatch(message)
})
