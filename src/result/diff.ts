/** What a comparison of two firewalls learned, as data; every report of it is a view of this. */

import type { SourceLine } from '../firewall/firewall.ts'
import type { AddressedPacket } from '../net/packet-fields.ts'
import type { Range } from '../net/port-set.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import type { ChangedRule } from './changed-rules.ts'
import type { Outcome } from './outcome.ts'
import type { ControlResult, Losses, NotMeasured, Versions } from './result.ts'
import type { Tested } from './tested.ts'
import type { Walk } from './trace.ts'

/**
 * `opened` and `closed`: whether a flow comes about. `one-way`: it arrives now
 * and its answer does not. `blocked-otherwise` and `translated-otherwise`: what
 * happens is of the same kind and not the same. `unsteady`: one of the two
 * depends on what came before. `unknown`: one of the two could not be measured.
 */
export type ChangeKind =
  | 'opened'
  | 'closed'
  | 'one-way'
  | 'blocked-otherwise'
  | 'translated-otherwise'
  | 'unsteady'
  | 'unknown'

export const CHANGE_KINDS: readonly ChangeKind[] = [
  'opened',
  'closed',
  'one-way',
  'blocked-otherwise',
  'translated-otherwise',
  'unsteady',
  'unknown',
]

/** Numbers of which the same became of before, and the same after. */
export interface Change extends Range {
  readonly kind: ChangeKind
  readonly before: Outcome
  readonly after: Outcome
}

export interface ChangeRow extends Change {
  /** Whether the change was to be; absent where nothing was declared. */
  readonly declared?: boolean
  /** Number whose probe was traced, and both walks. */
  readonly evidence?: { readonly number: number; readonly before: Walk; readonly after: Walk }
  /** Of a change of ordinary packets: where the same numbers were probed otherwise, and did not change. */
  readonly unchanged?: Unchanged
  /** Command that compares the first number again. */
  readonly replay: string
}

/** Combinations without a change: how many, and labels of the first of them (`from 10.0.0.1`). */
export interface Unchanged {
  readonly count: number
  readonly examples: readonly string[]
}

/** How much of a combination was probed: every number, both sides of every class's edges, or nothing. */
export type Detail = 'all' | 'boundaries'

/** Name of the combination whose packets are ordinary ones, answered by errors. */
export const ICMP_ERRORS = 'answered by ICMP errors'

/** One sweep, made through both firewalls. */
export interface DiffTable {
  readonly from: string
  readonly to: string
  readonly family: Family
  readonly protocol: Protocol
  /** What sets this combination apart: `ordinary`, `source 10.0.0.0, from source port 53`. */
  readonly combination: string
  /** The first one of a path: nothing about it is special. */
  readonly ordinary: boolean
  readonly packet: AddressedPacket
  readonly detail: Detail
  readonly numbers: number
  /** Sent through each of the two, in all attempts. */
  readonly probes: number
  readonly changes: readonly ChangeRow[]
  /** Unsteady before and after, and therefore not compared. */
  readonly unsteady: readonly UnsteadyRow[]
  readonly losses: Losses
}

/** Numbers whose outcome depends on what came before, through both firewalls. */
export interface UnsteadyRow extends Range {
  /** The rules that decide are the same text in both, so nothing has changed that could be seen. */
  readonly alike: boolean
  readonly rule?: string
}

export interface DiffSide {
  /** As it was named. */
  readonly origin: string
  /** Comparisons that were not varied, and why they could not be. */
  readonly notVaried: readonly string[]
  /** Rules whose outcome depends on earlier packets. */
  readonly statefulRules: readonly string[]
}

export interface LabResult {
  readonly zones: readonly {
    readonly name: string
    readonly link: string
    readonly addresses: readonly string[]
  }[]
  /** How the lab was chosen, a sentence each; the lab file's name where one was given. */
  readonly reasons: readonly string[]
}

export interface Coverage {
  readonly paths: number
  /** Combinations of classes that there are, and those that were probed. */
  readonly combinations: number
  readonly probed: number
  /** Classes of ports, types and protocols that neither ruleset tells apart. */
  readonly classes: number
  /** Numbers probed, and probes sent through each of the two. */
  readonly numbers: number
  readonly probes: number
  /** Paths that were probed on boundaries only, because neither ruleset has a chain there. */
  readonly unusedPaths: readonly string[]
  /** Likewise, because the rulesets cannot tell them from another: `inside → firewall like outside → firewall`. */
  readonly alikePaths: readonly string[]
  /** What the budget left out, a sentence each. */
  readonly leftOut: readonly string[]
}

/** A change that was declared and not seen. */
export interface Missing {
  readonly numbers: Range
  readonly kind: ChangeKind
  readonly from: string
  readonly to: string
  readonly family: Family
  readonly protocol: Protocol
  /** Where it was declared. */
  readonly at: SourceLine
}

/**
 * `different`: something changed, or not exactly what was declared. `unknown`:
 * something could not be measured. `not-proved`: no difference was found, and a
 * rule that differs was not tried.
 */
export type DiffStatus = 'same' | 'as-declared' | 'different' | 'unknown' | 'not-proved'

export interface DiffResult {
  readonly format: 'nftproof-diff'
  readonly version: 1
  readonly status: DiffStatus
  readonly interrupted: boolean
  readonly old: DiffSide
  readonly new: DiffSide
  /** The file of the declared change. */
  readonly expected?: string
  readonly lab: LabResult
  readonly coverage: Coverage
  readonly controls: readonly ControlResult[]
  readonly tables: readonly DiffTable[]
  readonly missing: readonly Missing[]
  /** Rules that only one of the two has, or that stand elsewhere, and whether each was tried. */
  readonly changedRules: readonly ChangedRule[]
  /** Rules that were not tried count as a warning. */
  readonly acceptsUntested: boolean
  readonly problems: readonly string[]
  /** Families that could not be measured, which `problems` has in words; absent where all were. */
  readonly notMeasured?: readonly NotMeasured[]
  readonly tested: Tested
  readonly versions: Versions
  readonly timing: { readonly startedAt: string; readonly totalMs: number }
}

/** What all tables come to. A difference outweighs all; where nothing was probed, nothing is known. */
export function statusOfDiff({
  tables,
  missing,
  problems,
  expected,
  changedRules,
  acceptsUntested,
}: Pick<
  DiffResult,
  'tables' | 'missing' | 'problems' | 'expected' | 'changedRules' | 'acceptsUntested'
>): DiffStatus {
  const changes = tables.flatMap((table) => table.changes)
  const wrong = changes.filter(({ kind, declared }) => kind !== 'unknown' && declared !== true)
  if (wrong.length > 0 || missing.length > 0) return 'different'
  const doubtful =
    tables.length === 0 ||
    problems.length > 0 ||
    changes.some(({ kind }) => kind === 'unknown') ||
    tables.some(({ unsteady }) => unsteady.some(({ alike }) => !alike))
  if (doubtful) return 'unknown'
  if (!acceptsUntested && changedRules.some(({ state }) => state === 'untested'))
    return 'not-proved'
  return expected === undefined ? 'same' : 'as-declared'
}
