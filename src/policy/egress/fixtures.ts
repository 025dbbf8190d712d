/** Policies for tests: random ones, and a short form of the shipped one. */
import fc from 'fast-check'
import { PortSet, type Range } from '../../net/port-set.ts'
import type { Blocking, Clause, Treatment } from '../clause.ts'
import { INTERNET, type Policy, type PolicyHost, type Revoked } from '../policy.ts'
import { lowerEgress } from './lower.ts'
import type { EgressPolicy, Section } from './policy.ts'

const FILE = 'policies/test.yaml'

export function clause(
  treatment: Treatment,
  numbers: string,
  more: Partial<Clause> & { line?: number } = {},
): Clause {
  const { line = 1, ...rest } = more
  return {
    treatment,
    numbers: PortSet.parse(numbers),
    label: `${treatment} ${numbers}`,
    at: { file: FILE, line, column: 1 },
    ...rest,
  }
}

export function section(
  allow: readonly Clause[],
  denyByDefault: readonly Clause[],
  otherwise: Treatment,
  {
    blocked = 'drop',
    last = 65535,
    deny = [],
  }: { blocked?: Blocking; last?: number; deny?: readonly Clause[] } = {},
): Section {
  const rest = clause(otherwise, `0-${last}`, { label: `otherwise ${otherwise}`, line: 99 })
  return { deny, allow, denyByDefault, otherwise: rest, blocked }
}

export const policyOf = (parts: Partial<EgressPolicy> = {}): Policy => lowerEgress(writtenOf(parts))

/** Before it is lowered. */
export function writtenOf(parts: Partial<EgressPolicy> = {}): EgressPolicy {
  return {
    id: 'test',
    title: 'A policy for tests',
    file: FILE,
    direction: 'egress',
    hosts: [],
    tcp: section(
      [clause('allow', '22', { line: 2 })],
      [clause('deny', '0-1024', { line: 3 })],
      'allow',
    ),
    udp: section([clause('allow', '53', { line: 4 })], [], 'deny'),
    icmp: section(
      [
        clause('allow', '8', { family: 4, line: 5 }),
        clause('allow', '128', { family: 6, line: 5 }),
      ],
      [],
      'deny',
      { last: 255 },
    ),
    protocols: section([], [], 'deny', { last: 255 }),
    inbound: section([], [], 'deny'),
    grants: { revoked: 'keep' },
    ...parts,
  }
}

const range = (last: number): fc.Arbitrary<Range> =>
  fc
    .tuple(fc.integer({ min: 0, max: last }), fc.integer({ min: 0, max: last }))
    .map(([a, b]) => ({ from: Math.min(a, b), to: Math.max(a, b) }))

const numbers = (last: number): fc.Arbitrary<PortSet> =>
  fc
    .array(
      fc.oneof(
        range(last),
        fc.integer({ min: 0, max: last }).map((n): Range => ({ from: n, to: n })),
      ),
      { minLength: 1, maxLength: 4 },
    )
    .map((ranges) => PortSet.of(...ranges))

const clauses = (treatment: Treatment, last: number): fc.Arbitrary<Clause[]> =>
  fc.array(numbers(last), { maxLength: 4 }).map((sets) =>
    sets.map((set, i) => ({
      ...clause(treatment, '0', { line: i + 2 }),
      numbers: set,
      label: `${treatment} ${set}`.slice(0, 60),
    })),
  )

export function sections(last: number, blocking: readonly Blocking[]): fc.Arbitrary<Section> {
  return fc
    .tuple(
      clauses('allow', last),
      clauses('deny', last),
      fc.oneof(
        { weight: 2, arbitrary: fc.constant([]) },
        { weight: 1, arbitrary: clauses('deny', last) },
      ),
      fc.constantFrom<Treatment>('allow', 'deny'),
      fc.constantFrom(...blocking),
    )
    .map(([allow, denyByDefault, deny, otherwise, blocked]) =>
      section(allow, denyByDefault, otherwise, { blocked, last, deny }),
    )
}

const UNREACHABLE: readonly Blocking[] = [
  'port-unreachable',
  'host-unreachable',
  'no-route',
  'admin-prohibited',
]

/** Random policies with every section and every way of blocking that the section allows. */
export const writtenPolicies: fc.Arbitrary<EgressPolicy> = fc
  .record({
    tcp: sections(65535, ['drop', 'tcp-reset', ...UNREACHABLE]),
    udp: sections(65535, ['drop', ...UNREACHABLE]),
    icmp: sections(255, ['drop']),
    protocols: sections(255, ['drop']),
    inbound: fc.constantFrom<Treatment>('allow', 'deny').map((t) => section([], [], t)),
    grants: fc.constantFrom<Revoked>('keep', 'cut').map((revoked) => ({ revoked })),
  })
  .map((parts) => writtenOf(parts))

const HOST_ADDRESSES = [
  [4, '192.0.2.25', 32],
  [6, '2001:db8:25::25', 128],
  [4, '198.51.100.0', 24],
] as const

/** Two hosts, of which one is a network without IPv6. */
export const HOSTS: readonly PolicyHost[] = ['relay', 'provider'].map((name, i) => ({
  name,
  zone: INTERNET,
  addresses: HOST_ADDRESSES.slice(2 * i, 2 * i + 2).map(([family, address, prefixLength]) => ({
    ...{ family, address, prefixLength },
    at: { file: FILE, line: 90 + i, column: 1 },
  })),
  at: { file: FILE, line: 90 + i, column: 1 },
}))

/** The same with lines about hosts. */
export const writtenWithHosts: fc.Arbitrary<EgressPolicy> = fc
  .tuple(
    writtenPolicies,
    fc.array(fc.constantFrom(undefined, ['relay'], ['provider'], ['relay', 'provider']), {
      minLength: 8,
      maxLength: 8,
    }),
  )
  .map(([policy, names]) => {
    let turn = 0
    const lines = (some: readonly Clause[]): Clause[] =>
      some.map((one) => {
        const to = names[turn++ % names.length]
        return to === undefined ? one : { ...one, to, label: `${one.label} to ${to}` }
      })
    const section = ({ deny, allow, denyByDefault, ...rest }: Section): Section => ({
      ...rest,
      ...{ deny: lines(deny), allow: lines(allow), denyByDefault: lines(denyByDefault) },
    })
    const { tcp, udp, icmp, protocols } = policy
    return {
      ...policy,
      hosts: HOSTS,
      ...{
        tcp: section(tcp),
        udp: section(udp),
        icmp: section(icmp),
        protocols: section(protocols),
      },
    }
  })

export const policies: fc.Arbitrary<Policy> = writtenPolicies.map(lowerEgress)
