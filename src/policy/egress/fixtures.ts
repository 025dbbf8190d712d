/** Policies for tests: random ones, and a short form of the shipped one. */
import fc from 'fast-check'
import { PortSet, type Range } from '../../net/port-set.ts'
import type { Blocking, Clause, Treatment } from '../clause.ts'
import type { Policy, Revoked } from '../policy.ts'
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

export const policies: fc.Arbitrary<Policy> = writtenPolicies.map(lowerEgress)
