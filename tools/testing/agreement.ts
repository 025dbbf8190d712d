/**
 * Does the kernel do what `decide` says? Asked of a policy and grants by
 * compiling them and sweeping one project, on every port or at all edges, and
 * the others wherever there could be a difference.
 */

import type { Sandbox } from '../../harness/sandbox/sandbox.ts'
import { compare } from '../../src/compare/policy.ts'
import { PortSet, type Range } from '../../src/net/port-set.ts'
import { FAMILIES, type Family, PROTOCOLS } from '../../src/net/protocol.ts'
import { rangeWords } from '../../src/net/text.ts'
import { planSweeps } from '../../src/plan/egress.ts'
import { expectationsOf } from '../../src/plan/egress-expect.ts'
import { type PlannedSweep, subjectOf } from '../../src/plan/planned-sweep.ts'
import { lowerEgress } from '../../src/policy/egress/lower.ts'
import { type EgressPolicy, linesOf } from '../../src/policy/egress/policy.ts'
import type { Grant } from '../../src/policy/grant.ts'
import { pathWords } from '../../src/result/words.ts'
import { compile } from '../../src/ruleset/compile.ts'
import { FORMS, INTERNET, ZONES } from '../../src/ruleset/fixtures.ts'
import type { Scenario, SweepPlan } from '../../src/scenario/scenario.ts'

/** What is compiled, and whether the sweeps go where some grants only hold. */
export interface Case {
  /** As it is written. */
  readonly policy: EgressPolicy
  readonly grants: readonly Grant[]
  readonly towardsProvider: boolean
  /** Whether the one project is swept at the edges only; absent: on every port. */
  readonly edgesOnly?: boolean
}

const PROVIDER: NonNullable<SweepPlan['towards']> = {
  label: 'provider',
  addresses: [
    { family: 4, address: '198.51.100.25', prefixLength: 32 },
    { family: 6, address: '2001:db8:25::25', prefixLength: 128 },
  ],
}

const ZONES_OF_LAB = [...ZONES, INTERNET]

/** Every number on which they disagree, in words; empty when they agree. */
export async function disagreements(of: Case, sandbox: Sandbox): Promise<string[]> {
  const found: string[] = []
  for (const { form, grants, asked } of formsOf(of)) {
    const ruleset = compile(lowerEgress(of.policy), ZONES, grants)
    const wrong = await Promise.all(
      FAMILIES.map((family) => inOneLab(asked, ruleset, family, sandbox)),
    )
    found.push(...wrong.flat().map((words) => `${form}: ${words}`))
  }
  return found
}

interface Form {
  readonly form: string
  readonly grants: readonly Grant[] | undefined
  readonly asked: Case
}

/** Without grants, both forms must do the same: the second one is asked at the edges only. */
function formsOf(of: Case): Form[] {
  if (of.grants.length > 0) return [{ form: 'with grants', grants: of.grants, asked: of }]
  return FORMS.map(([form, grants], i) => ({
    form,
    grants,
    asked: i === 0 ? of : { ...of, edgesOnly: true },
  }))
}

async function inOneLab(
  of: Case,
  ruleset: string,
  family: Family,
  sandbox: Sandbox,
): Promise<string[]> {
  const policy = lowerEgress(of.policy)
  const lab = await sandbox.openLab({ family, zones: ZONES_OF_LAB })
  try {
    await lab.load(ruleset)
    const wrong: string[] = []
    for (const sweep of sweepsOf(of, family)) {
      const { path, source, target, protocol, numbers } = sweep
      const sent = { ...path, source, target, protocol }
      const report = await lab.sweep({ ...sent, numbers: numbers.ranges, answer: 'reply' })
      const rows = compare(expectationsOf(policy, sweep), report.observed, { numbers, family })
      for (const row of rows.filter(({ verdict }) => verdict !== 'conforms'))
        wrong.push(
          `${pathWords(subjectOf(sweep))} ${rangeWords(row)}: ${JSON.stringify(row.expected)} but ${JSON.stringify(row.observed)}`,
        )
    }
    return wrong
  } finally {
    await lab.close()
  }
}

function sweepsOf(
  { policy, grants, towardsProvider, edgesOnly }: Case,
  family: Family,
): PlannedSweep[] {
  const plan = (from: string, to: string, more: Partial<SweepPlan> = {}): SweepPlan => ({
    from,
    to,
    protocols: PROTOCOLS,
    families: [family],
    ports: PortSet.all,
    answer: 'reply',
    handshakes: 'boundaries',
    ...more,
  })
  const towards = towardsProvider ? { towards: PROVIDER } : {}
  const edges = plan('blog', 'internet', { ...towards, ports: telling(policy, grants) })
  const shop = { label: 'shop', addresses: ZONES[0]!.addresses }
  const sweeps = [
    edgesOnly ? { ...edges, from: 'shop' } : plan('shop', 'internet', towards),
    edges,
    { ...edges, from: 'mail', as: shop },
    { ...edges, from: 'mail', to: 'blog', towards: undefined },
    { ...edges, from: 'internet', to: 'shop', towards: undefined },
  ]
  return planSweeps(
    { scenario: scenarioOf(sweeps as SweepPlan[]), policy: lowerEgress(policy), grants },
    {},
  )
}

/** Ends of all that policy and grants name, and their neighbours. */
function telling({ tcp, udp }: EgressPolicy, grants: readonly Grant[]): PortSet {
  const named = [
    ...[tcp, udp].flatMap((section) => linesOf(section).map(({ numbers }) => numbers)),
    ...grants.flatMap((grant) => [grant.tcp, grant.udp]),
  ]
  const ends = named.flatMap(({ ranges }) => ranges.flatMap(around))
  return PortSet.of(0, 65535, ...ends.filter((n) => n >= 0 && n <= 65535))
}

const around = ({ from, to }: Range): number[] => [from - 1, from, to, to + 1]

function scenarioOf(sweeps: readonly SweepPlan[]): Scenario {
  const at = { file: 'test.yaml', line: 1, column: 1 }
  return {
    id: 'agreement',
    title: 'Agreement',
    requirement: 'The kernel does what is decided',
    source: 'A test',
    file: at.file,
    policyFile: '',
    policyAt: at,
    zones: ZONES_OF_LAB,
    requests: [],
    revoke: [],
    sweeps,
  }
}
