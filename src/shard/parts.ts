/**
 * The parts of a run that different machines can measure: a scenario, or each of its classes of
 * projects.
 */
import { planSweeps } from '../plan/egress.ts'
import type { PlannedSweep, Selection, Sweepable } from '../plan/planned-sweep.ts'

export interface Part {
  readonly scenario: string
  /** One of the scenario's classes of projects. Absent for sweeps without a class. */
  readonly class?: number
  /** The approximate number of probes. */
  readonly probes: number
}

/** The share of one machine in a scenario: these classes; 0 means sweeps without a class. */
export type Share = ReadonlyMap<string, ReadonlySet<number>>

// Controls, handshakes and other source ports come with each sweep, however small it is (17,600
// probes from other source ports in the shipped scenario of eight sweeps).
export const PROBES_WITH_SWEEP = 2_000

/** Parts in the order of the plan. Empty if the selection leaves nothing to probe. */
export function shardableParts(subject: Sweepable, selection: Selection): Part[] {
  const { scenario } = subject
  const probes = new Map<number, number>()
  for (const sweep of planSweeps(subject, selection)) {
    const key = classOf(subject, sweep)
    probes.set(key, (probes.get(key) ?? 0) + sweep.numbers.size + PROBES_WITH_SWEEP)
  }
  return [...probes].map(([key, sum]) => ({
    scenario: scenario.id,
    ...(key === 0 ? {} : { class: key }),
    probes: sum,
  }))
}

/**
 * Flows of all classes are established while grants are revoked, so such a scenario is one part.
 */
function classOf({ scenario }: Sweepable, { coverage }: PlannedSweep): number {
  return scenario.revoke.length > 0 ? 0 : (coverage?.class ?? 0)
}

/** Sweeps of the scenario that belong to the share. */
export function shareOf(
  subject: Sweepable,
  sweeps: readonly PlannedSweep[],
  share: Share,
): PlannedSweep[] {
  const own = share.get(subject.scenario.id)
  return own ? sweeps.filter((sweep) => own.has(classOf(subject, sweep))) : []
}

export function shareOfParts(parts: readonly Pick<Part, 'scenario' | 'class'>[]): Share {
  const byScenario = Map.groupBy(parts, ({ scenario }) => scenario)
  return new Map(
    [...byScenario].map(([scenario, own]) => [scenario, new Set(own.map((p) => p.class ?? 0))]),
  )
}
