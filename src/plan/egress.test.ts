import { describe, expect, test } from 'vitest'
import { PortSet } from '../net/port-set.ts'
import { decide } from '../policy/decide.ts'
import { policyOf } from '../policy/egress/fixtures.ts'
import { readPolicy } from '../policy/egress/read.ts'
import type { Grant } from '../policy/grant.ts'
import { OUTBOUND } from '../policy/statements.ts'
import { GRANTS, grant, ZONES } from '../ruleset/fixtures.ts'
import type { Scenario, SweepPlan } from '../scenario/scenario.ts'
import { planSweeps } from './egress.ts'
import { flowPorts, handshakePorts, namedPorts } from './egress-expect.ts'
import { AT, INTERNET } from './fixtures.ts'

const SWEEP: SweepPlan = {
  from: '*',
  to: 'internet',
  protocols: ['tcp', 'udp'],
  families: [4],
  ports: PortSet.all,
  answer: 'reply',
  handshakes: 'boundaries',
}

function plan(grants: readonly Grant[], more: Partial<Scenario> = {}) {
  const scenario: Scenario = {
    id: 's',
    title: 'A title',
    requirement: 'A claim',
    source: 'Somewhere',
    file: AT.file,
    policyFile: '',
    policyAt: AT,
    zones: [...ZONES, INTERNET],
    requests: [],
    revoke: [],
    sweeps: [SWEEP],
    ...more,
  }
  return planSweeps({ scenario, policy: policyOf(), grants }, {})
}

describe('projects', () => {
  test('without grants form one class, whose first member is swept in full', () => {
    const tcp = plan([]).filter(({ protocol }) => protocol === 'tcp')
    expect(tcp.map(({ plan, coverage, numbers }) => [plan.from, coverage, numbers.size])).toEqual([
      ['shop', { class: 1, members: 3, representative: 'shop', role: 'representative' }, 65536],
      ['blog', { class: 1, members: 3, representative: 'shop', role: 'member' }, 7],
      ['mail', { class: 1, members: 3, representative: 'shop', role: 'member' }, 7],
    ])
    // Both sides of every boundary: 0–21, 22, 23–1024, 1025–65535.
    expect(tcp[1]!.numbers.toString()).toBe('0,21-23,1024-1025,65535')
  })

  test('are also swept on every granted port', () => {
    const sweeps = plan([grant('a', 'shop', { tcp: '587', udp: '100-102' })])
    const mail = sweeps.filter(({ plan }) => plan.from === 'mail')
    expect(mail.map(({ coverage }) => coverage)).toEqual([
      { class: 2, members: 2, representative: 'blog', role: 'member' },
      { class: 2, members: 2, representative: 'blog', role: 'member' },
    ])
    expect(mail.map(({ numbers }) => numbers.toString())).toEqual([
      '0,21-23,587,1024-1025,65535',
      '0,52-54,100-102,65535',
    ])
  })

  test('with equal grants form one class; other destinations make another', () => {
    const classes = (...grants: Grant[]) =>
      new Set(plan(grants).map(({ coverage }) => coverage!.class)).size
    const to = ['198.51.100.0/24']
    expect(classes(grant('a', 'shop', { tcp: '25' }), grant('b', 'blog', { tcp: '25' }))).toBe(2)
    expect(classes(grant('a', 'shop', { tcp: '25' }), grant('b', 'blog', { tcp: '25', to }))).toBe(
      3,
    )
  })
})

test('whose grants are revoked are swept again on the affected ports', () => {
  const sweeps = plan(GRANTS, {
    revoke: ['submission'],
    sweeps: [
      { ...SWEEP, from: 'shop', protocols: ['tcp', 'icmp'] },
      { ...SWEEP, from: 'internet', to: 'shop' },
      { ...SWEEP, from: 'shop', as: { label: 'blog', addresses: ZONES[1]!.addresses } },
    ],
  })
  const later = sweeps.filter(({ after }) => after === 'revocation')
  expect(later.map(({ plan, protocol }) => `${plan.from} ${protocol}`)).toEqual(['shop tcp'])
  expect(later[0]!.grants.map(({ request }) => request)).toEqual(['provider'])
})

test('established flows are opened on all ports that close and at the edges of those that stay open', () => {
  const clause = { label: '', at: AT }
  const open = (from: number, to: number) => ({
    from,
    to,
    value: { verdict: 'open', clause } as const,
  })
  const before = [open(10, 20), open(100, 110), open(200, 5000)]
  expect(flowPorts(before, [open(10, 20), open(105, 110), open(200, 5000)]).toString()).toBe(
    '10,20,100-104,110,200,5000',
  )
  // Too many to open each: the edges then.
  expect(flowPorts(before, [open(10, 20)]).toString()).toBe('10,20,100,110,200,5000')
})

test('handshakes are tried on every port that a policy line names, inside a range or not', () => {
  const yaml = `policy: p
title: t
direction: egress
blocked: drop
tcp:
  allow: [{ ports: [8080, 8081, 8082, 443] }]
  deny: [{ ports: 1-1024, unless: allowed }, { ports: 25, unless: allowed }]
  otherwise: allow
udp: { otherwise: deny }
icmp: { otherwise: deny }
protocols: { otherwise: deny }
inbound: { otherwise: deny }
`
  const reading = readPolicy(yaml, 'p.yaml')
  if (!reading.ok) throw new Error(reading.problems.map(({ message }) => message).join())
  const policy = reading.value
  const expected = decide(policy, { ...OUTBOUND, family: 4, protocol: 'tcp' })
  const ports = handshakePorts(expected, {
    numbers: PortSet.all,
    named: namedPorts(policy, OUTBOUND, 'tcp'),
    which: 'boundaries',
  })
  expect(ports.toString()).toBe('0-1,25,442-444,1024-1025,8079-8083,65535')
})
