/** A planned sweep of an egress scenario, and what it is planned from. */
import type { LabPath } from '../lab/paths.ts'
import type { PortSet } from '../net/port-set.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import type { Grant } from '../policy/grant.ts'
import type { Policy } from '../policy/policy.ts'
import type { Ends } from '../policy/statements.ts'
import type { CoverageResult, Subject } from '../result/result.ts'
import type { Scenario, SweepPlan } from '../scenario/scenario.ts'
import type { Places } from './places.ts'

/** `all`: every number that is asked for. `telling`: where a difference could show. */
export type EgressDetail = 'all' | 'telling'

export interface PlannedSweep {
  /** The name of the sending zone or host, also if the scenario says "every project". */
  readonly plan: SweepPlan
  /** The zones of the lab. */
  readonly path: LabPath
  readonly family: Family
  readonly protocol: Protocol
  /** Addresses of both endpoints as text. The source is spoofed if the plan says so. */
  readonly source: string
  readonly target: string
  readonly spoofed: boolean
  /** Between which of the policy's endpoints: projects, the Internet or a host there, the firewall itself. */
  readonly ends: Ends
  /** Grants of the sending project. */
  readonly grants: readonly Grant[]
  /** What is asked for; `numbers` are those of it that are probed. */
  readonly asked: PortSet
  readonly numbers: PortSet
  readonly detail: EgressDetail
  /** Present if every project is swept. */
  readonly coverage?: CoverageResult
  readonly after?: 'revocation'
}

/** The path of a sweep, as in results. */
export function subjectOf<P extends Protocol>({
  plan,
  family,
  protocol,
  after,
}: PlannedSweep & { readonly protocol: P }): Subject<P> {
  return {
    from: plan.from,
    to: plan.to,
    ...(plan.as ? { as: plan.as.label } : {}),
    ...(plan.towards ? { destination: plan.towards.label } : {}),
    ...(after ? { after } : {}),
    family,
    protocol,
  }
}

/** The selection of the command line. Absent: everything. */
export interface Selection {
  readonly from?: readonly string[] | undefined
  readonly to?: readonly string[] | undefined
  readonly ports?: PortSet | undefined
  readonly families?: readonly Family[] | undefined
  readonly protocols?: readonly Protocol[] | undefined
}

/** A scenario, its policy, and the grants in force on its date. */
export interface Sweepable {
  readonly scenario: Scenario
  readonly policy: Policy
  readonly grants: readonly Grant[]
  /** Where the names are; absent: as an egress policy has them. */
  readonly places?: Places
}

export interface Planner extends Sweepable {
  readonly byProject: ReadonlyMap<string, readonly Grant[]>
  readonly selection: Selection
  readonly places: Places
}
