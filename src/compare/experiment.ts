/**
 * The question of a command, as data: the firewalls, the lab, the sweeps, and the judgement of the
 * outcomes. One runner runs every experiment.
 */
import type { Firewall, Inspection } from '../firewall/firewall.ts'
import type { LabPlan } from '../lab/lab.ts'
import type { PortSet } from '../net/port-set.ts'
import { FAMILIES, type Family } from '../net/protocol.ts'
import type { RangeMap } from '../net/range-map.ts'
import type { RuleFacts } from '../nft/facts.ts'
import type { KeyOf } from '../plan/source-ports.ts'
import type { Sweep } from '../plan/sweep.ts'
import type { Expectation } from '../policy/expectation.ts'
import type { Observation, Outcome } from '../result/outcome.ts'
import type { CoverageResult, Row, Subject, Verdict } from '../result/result.ts'
import type { UntestedRule } from '../result/untested.ts'

/** A firewall under test. */
export interface Side {
  readonly firewall: Firewall
  /** The policy's own ruleset: it keeps no state, and all its conditions come from the policy. */
  readonly isCompiled?: boolean
}

/** The facts of the loaded ruleset; absent if it is compiled. */
export interface Rules {
  readonly facts: RuleFacts
  readonly inspection: Inspection
}

/** A path that is probed without rules and with a drop-all ruleset, before all other probes. */
export interface Control extends Pick<Sweep, 'from' | 'to' | 'family' | 'protocol' | 'answer'> {
  readonly packet: Pick<Sweep['packet'], 'source' | 'target'>
  readonly subject: Subject
  /** The answer to a spoofed source goes elsewhere, so its sender gets none. */
  readonly isSpoofed?: boolean
  /** Its position among the controls of its family, in the whole plan. */
  readonly place: number
}

/**
 * `sides`: one side if outcomes are compared with a policy, two sides if they are compared with
 * each other.
 */
export interface Experiment<S extends Sweep, P extends Plan<S> = Plan<S>> {
  readonly lab: LabPlan
  readonly sides: readonly Side[]
  /** Empty: nothing of that family is probed. */
  controls(family: Family): readonly Control[]
  /** `rules`: of each side. */
  plan(family: Family, rules: readonly (Rules | undefined)[]): P
}

export interface Plan<S extends Sweep> {
  readonly sweeps: readonly S[]
}

/** The families of which anything is probed. */
export const familiesOf = ({ controls }: Pick<Experiment<Sweep>, 'controls'>): Family[] =>
  FAMILIES.filter((family) => controls(family).length > 0)

/** The experiment of a claim: the outcomes of one firewall, compared with a policy. */
export type Claim = Experiment<ClaimSweep, ClaimPlan>

export interface ClaimPlan extends Plan<ClaimSweep> {
  /** Parts that were not probed, or on boundaries only, with the reason: one sentence each. */
  readonly notes: readonly string[]
  readonly untested: readonly UntestedRule[]
  /** Absent if no grant is revoked. */
  readonly revocation?: Revocation
}

export interface ClaimSweep extends Sweep {
  readonly id: number
  readonly subject: Subject
  /** All requested numbers; `numbers` are the probed ones of these. */
  readonly asked: PortSet
  readonly coverage?: CoverageResult
  /** Packets that the rules tell apart from the ordinary ones of their path. */
  readonly isVariant?: true
  readonly judge: Judge
}

/** One side against an expectation. */
export interface Judge {
  /**
   * The expectation of each number: for a translated flow, the expectation of its destination after
   * translation.
   */
  expected(observed: RangeMap<Observation>): RangeMap<Expectation>
  verdict(expected: Expectation, observed: Outcome, family: Family): Verdict
  /** Ports whose handshake is tried; absent: none. */
  handshakes?(expected: RangeMap<Expectation>, rows: readonly Row[]): PortSet
  /** The way in which other source ports are tried; absent: they are not tried. */
  readonly sourcePorts?: { readonly keyOf?: KeyOf; readonly isApart?: boolean }
}

/** Grants are revoked while flows that they opened are established. */
export interface Revocation {
  /** The reason why it cannot be done. */
  readonly refusal?: string
  /** The nftables commands that revoke them, as a platform would load them. */
  readonly change: string
  /** Whether established flows continue after the revocation. */
  readonly isKept: boolean
  readonly sweeps: readonly RevokedSweep[]
}

/** A sweep that is made again afterwards. */
export interface RevokedSweep extends ClaimSweep {
  /** Ports of the flows that are opened before. */
  readonly flows: PortSet
}
