import { describe, expect, test } from 'vitest'
import { PortSet } from '../net/port-set.ts'
import { type GivenRule, inspectionOf, match, payload } from '../nft/facts-fixtures.ts'
import { decide } from '../policy/decide.ts'
import {
  FROM_NET,
  factsWith,
  LAB,
  LIMITED,
  labOf,
  PORT_80,
  subjectOf,
} from '../scenario/fixtures.ts'
import type { ZoneSubject, ZoneSweep } from './zone-sweep.ts'
import { pathsBetween, planZones } from './zones.ts'
import { untestedByZones } from './zones-untested.ts'

const nameOf = ({ from, to }: Pick<ZoneSweep, 'from' | 'to'>): string => `${from.name} → ${to.name}`
const plan = (subject: ZoneSubject = subjectOf(), rules = [PORT_80]) =>
  planZones(subject, 4, factsWith(rules))

test('paths are all pairs of endpoints in different zones, with their addresses', () => {
  const paths = pathsBetween(subjectOf(), 4)
  // Three zones, two hosts, and the firewall: 16 forwarded, 5 to it, 5 from it.
  expect(paths).toHaveLength(26)
  const source = (name: string): string[] =>
    paths.filter((path) => nameOf(path) === name).map((path) => `${path.source} ${path.target}`)
  expect(source('admin → web')).toEqual(['10.20.1.5 192.0.2.80'])
  expect(source('lan → dmz')).toEqual(['10.20.1.10 192.0.2.10'])
  expect(source('admin → firewall')).toEqual(['10.20.1.5 10.20.1.1'])
  expect(source('firewall → web')).toEqual(['192.0.2.1 192.0.2.80'])
})

test('a zone without an IPv6 address has no IPv6 paths', () => {
  const names = pathsBetween(subjectOf(), 6).map(nameOf)
  expect(names.filter((name) => /lan|admin/.test(name))).toEqual([])
  expect(names).toContain('wan → web')
})

test('without forwarding, every path begins or ends at the firewall', () => {
  const still = subjectOf({}, { plan: labOf(`${LAB}forwarding: false\n`) })
  expect(
    pathsBetween(still, 4)
      .map(nameOf)
      .filter((name) => !name.includes('firewall')),
  ).toEqual([])
  expect(plan(still).notes.join()).toContain('the lab does not forward')
})

describe('full sweeps', () => {
  const whole = plan()
    .sweeps.filter(({ detail, protocol }) => detail === 'all' && protocol === 'tcp')
    .map(nameOf)

  test('cover one member of each equivalence class of endpoints', () => {
    expect(whole.filter((name) => name.startsWith('wan'))).toEqual([
      'wan → lan',
      'wan → dmz',
      'wan → web',
    ])
    expect(whole).toContain('admin → web')
    expect(whole).not.toContain('dmz → admin')
    expect(whole).not.toContain('admin → wan')
  })

  test('leave out paths without a chain of the firewall, with a note', () => {
    expect(whole.filter((name) => name.includes('firewall'))).toEqual([])
    expect(plan().notes.join('\n')).toMatch(
      /no chain .* sees IPv4 traffic that is sent to it: only boundaries were probed/,
    )
  })

  test('are replaced by both sides of every edge for the other members', () => {
    const admin = plan().sweeps.find(
      (sweep) => nameOf(sweep) === 'admin → wan' && sweep.protocol === 'tcp',
    )!
    for (const port of [0, 24, 25, 26, 79, 80, 81, 65535])
      expect(admin.numbers.has(port)).toBe(true)
    expect(admin.numbers.size).toBeLessThan(20)
  })
})

test('addresses that only the firewall distinguishes are probed too', () => {
  const sweeps = plan(subjectOf(), [FROM_NET]).sweeps.filter(({ as }) => as !== undefined)
  const others = new Set(sweeps.filter((sweep) => sweep.from.name === 'lan').map(({ as }) => as))
  // The ordinary address lies within 10.20.1.0/28; its last address and one outside are others.
  expect(others).toContain('10.20.1.15')
  expect(others).toContain('10.20.1.16')
  for (const { from, source } of sweeps.filter((sweep) => sweep.from.zone === 'lan')) {
    expect(from.name === 'admin').toBe(source === '10.20.1.5')
    expect(source).not.toMatch(/^(10\.20\.1\.(0|1|255))$/)
  }
})

test('rules on fields that probes do not vary are listed when packets pass them', () => {
  const mark = match({ meta: { key: 'mark' } }, 7)
  const rule = { expr: [mark, { accept: null }], text: 'meta mark 7 accept' }
  const listed = (family: 4 | 6, rules: readonly GivenRule[], subject = subjectOf()) =>
    untestedByZones(inspectionOf(rules), subject, family).map(({ what }) => what)
  expect(listed(4, [rule])).toEqual([['marks']])
  expect(listed(4, [{ ...rule, family: 'ip6' }])).toEqual([])
  expect(listed(4, [FROM_NET])).toEqual([])
  const onlyForwarded = subjectOf({ from: ['lan'], to: ['wan'] })
  expect(listed(4, [rule], onlyForwarded)).toEqual([])
})

test('unusual packets are probed where the policy forbids everything', () => {
  const flags = match({ '&': [payload('tcp', 'flags'), ['fin', 'syn']] }, 'fin')
  const rule = { expr: [flags, { accept: null }], text: 'tcp flags & (fin|syn) == fin accept' }
  const unusual = plan(subjectOf(), [rule]).sweeps.filter(({ isNegative }) => isNegative)
  expect([...new Set(unusual.map(({ as }) => as))]).toEqual(['flags fin,ack'])
  for (const { from, to, family, protocol, numbers } of unusual) {
    const decided = decide(subjectOf().policy, { from, to, family, protocol })
    for (const { value, ...range } of decided)
      if (value.verdict === 'open') expect(numbers.intersect(PortSet.of(range)).isEmpty).toBe(true)
  }
})

test('open ports are also probed with other TTLs', () => {
  const rule = { expr: [match(payload('ip', 'ttl'), 9), { drop: null }], text: 'ip ttl 9 drop' }
  const varied = plan(subjectOf(), [rule]).sweeps.filter(({ packet }) => packet?.ttl !== undefined)
  const promised = varied.filter(({ isNegative }) => !isNegative)
  expect(promised.some(({ as }) => as?.includes('TTL'))).toBe(true)
  const isOpenAsked = promised.some(({ from, to, family, protocol, numbers }) =>
    decide(subjectOf().policy, { from, to, family, protocol }).some(
      ({ value, ...range }) =>
        value.verdict === 'open' && !numbers.intersect(PortSet.of(range)).isEmpty,
    ),
  )
  expect(isOpenAsked).toBe(true)
})

test('zones also send with source addresses of other zones', () => {
  const borrowed = plan(subjectOf(), [FROM_NET]).sweeps.filter(({ isNegative }) => isNegative)
  const fromWan = borrowed.filter(({ from }) => from.name === 'wan')
  expect(fromWan.map(({ source }) => source)).toContain('10.20.1.15')
})

test('sweeps that stateful rules can affect are repeated', () => {
  const { sweeps } = plan(subjectOf(), [LIMITED])
  expect(new Set(sweeps.map(({ protocol }) => protocol))).toEqual(
    new Set(['tcp', 'udp', 'icmp', 'ip']),
  )
  for (const { protocol, repetitions } of sweeps)
    expect([protocol, repetitions > 0]).toEqual([protocol, protocol === 'tcp' || protocol === 'ip'])
  expect(plan().sweeps.every(({ repetitions }) => repetitions === 0)).toBe(true)
})

describe('the selection', () => {
  test('of a scenario is the union of its sweeps', () => {
    const sweeps = [
      { to: ['web'], protocols: ['tcp' as const], names: [] },
      { ports: PortSet.parse('1-100'), protocols: ['tcp' as const], names: [] },
    ]
    const asked = (name: string): string | undefined =>
      plan(subjectOf({}, { sweeps }))
        .sweeps.find((one) => nameOf(one) === name)
        ?.asked.toString()
    expect(asked('wan → web')).toBe('0-65535')
    expect(asked('wan → lan')).toBe('1-100')
    expect(plan(subjectOf({}, { sweeps })).sweeps.some(({ protocol }) => protocol !== 'tcp')).toBe(
      false,
    )
  })

  test('on the command line: a zone includes its hosts, and single ports are all probed', () => {
    const { sweeps } = plan(
      subjectOf({ from: ['lan'], to: ['web'], ports: PortSet.parse('22,1000') }),
    )
    expect([...new Set(sweeps.map(nameOf))]).toEqual(['lan → web', 'admin → web'])
    expect(new Set(sweeps.map(({ numbers }) => numbers.toString()))).toEqual(new Set(['22,1000']))
    expect([...new Set(sweeps.map(({ protocol }) => protocol))]).toEqual(['tcp', 'udp'])
  })
})
