/**
 * The question of a command, as data: the firewalls, the lab, the sweeps, and the judgement of the
 * outcomes. One runner runs every experiment.
 */
import type { Firewall, Inspection } from '../firewall/firewall.ts'
import type { LabPlan } from '../lab/lab.ts'
import type { PortSet } from '../net/port-set.ts'
import type { Family } from '../net/protocol.ts'
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
  /** The policy's own ruleset: it remembers nothing, and what it asks is what the policy says. */
  readonly isCompiled?: boolean
}

/** What a loaded ruleset turned out to be; absent where it is compiled. */
export interface Rules {
  readonly facts: RuleFacts
  readonly inspection: Inspection
}

/** A path that is probed without rules and with all dropped, before anything is believed. */
export interface Control extends Pick<Sweep, 'from' | 'to' | 'family' | 'protocol' | 'answer'> {
  readonly packet: Pick<Sweep['packet'], 'source' | 'target'>
  readonly subject: Subject
  /** The answer to a spoofed source goes elsewhere, so its sender gets none. */
  readonly isSpoofed?: boolean
  /** Its place among the controls of its family, in the whole plan. */
  readonly place: number
}

/** `sides`: one where outcomes are held against a policy, two where they are held against each other. */
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

/** Of a claim: what one firewall does, held against a policy. */
export type Claim = Experiment<ClaimSweep, ClaimPlan>

export interface ClaimPlan extends Plan<ClaimSweep> {
  /** What was not probed, or on boundaries only, and why: a sentence each. */
  readonly notes: readonly string[]
  readonly untested: readonly UntestedRule[]
  /** Absent where no grant is revoked. */
  readonly revocation?: Revocation
}

export interface ClaimSweep extends Sweep {
  readonly id: number
  readonly subject: Subject
  /** All that is asked for; `numbers` are those of it that are probed. */
  readonly asked: PortSet
  readonly coverage?: CoverageResult
  readonly judge: Judge
}

/** One side against an expectation. */
export interface Judge {
  /** What is promised of each number: where it was translated, of where it arrived. */
  expected(observed: RangeMap<Observation>): RangeMap<Expectation>
  verdict(expected: Expectation, observed: Outcome, family: Family): Verdict
  /** Ports whose handshake is tried; absent: none. */
  handshakes?(expected: RangeMap<Expectation>, rows: readonly Row[]): PortSet
  /** How other source ports are tried; absent: not at all. */
  readonly sourcePorts?: { readonly keyOf?: KeyOf; readonly isApart?: boolean }
}

/** Grants are revoked while flows that they opened are established. */
export interface Revocation {
  /** Why it cannot be done. */
  readonly refusal?: string
  /** Commands of nftables that revoke them, as a platform would load. */
  readonly change: string
  /** Whether flows outlive what opened them. */
  readonly isKept: boolean
  readonly sweeps: readonly RevokedSweep[]
}

/** A sweep that is made again afterwards. */
export interface RevokedSweep extends ClaimSweep {
  /** Ports of the flows that are opened before. */
  readonly flows: PortSet
}
