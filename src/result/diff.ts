/** What a comparison of two firewalls learned, as data; every report of it is a view of this. The schema says what each field means. */

import type { diffSchema } from './diff-schema.ts'
import type { Inferred } from './inferred.ts'

export type { ChangeKind } from './change-kinds.ts'

export type DiffResult = Inferred<typeof diffSchema>

/**
 * `different`: something changed, or not exactly what was declared. `unknown`:
 * something could not be measured. `not-proved`: no difference was found, and a
 * rule that differs was not tried.
 */
export type DiffStatus = DiffResult['status']
export type DiffSide = DiffResult['old']
export type LabResult = DiffResult['lab']
export type Coverage = DiffResult['coverage']
/** A change that was declared and not seen. */
export type Missing = DiffResult['missing'][number]

/** One sweep, made through both firewalls. */
export type DiffTable = DiffResult['tables'][number]
/** How much of a combination was probed: every number, both sides of every class's edges, or nothing. */
export type Detail = DiffTable['detail']
/** Numbers whose outcome depends on what came before, through both firewalls. */
export type UnsteadyRow = DiffTable['unsteady'][number]
export type ChangeRow = DiffTable['changes'][number]
/** Numbers of which the same became before, and the same after. */
export type Change = Pick<ChangeRow, 'from' | 'to' | 'kind' | 'before' | 'after'>
/** Combinations without a change: how many, and labels of the first of them (`from 10.0.0.1`). */
export type Unchanged = NonNullable<ChangeRow['unchanged']>

/** Name of the combination whose packets are ordinary ones, answered by errors. */
export const ICMP_ERRORS = 'answered by ICMP errors'
/** Names of those whose packets belong to flows that were opened before, or open none. */
export const IN_FLOW = 'packets of established flows'
export const STRAY = 'resets of unknown flows'

/** Whether a combination is about the flow of a packet: what is so of the first packet need not be so there. */
export const isAboutFlows = (combination: string): boolean =>
  [ICMP_ERRORS, IN_FLOW, STRAY].some((name) => combination.startsWith(name))

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
