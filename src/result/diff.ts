/**
 * The types of a comparison of two firewalls. The schema gives the meaning of each field, and every
 * report is derived from this data.
 */

import type { diffSchema } from './diff-schema.ts'
import type { Inferred } from './inferred.ts'

export type { ChangeKind } from './change-kinds.ts'

export type DiffResult = Inferred<typeof diffSchema>

/**
 * `different`: something changed, or the changes are not exactly the declared ones. `unknown`:
 * something could not be measured. `not-proved`: no difference was found, but a changed rule was
 * not tested.
 */
export type DiffStatus = DiffResult['status']
export type DiffSide = DiffResult['old']
export type LabResult = DiffResult['lab']
export type Coverage = DiffResult['coverage']
/** A declared change that was not observed. */
export type Missing = DiffResult['missing'][number]

/** One sweep, sent through both firewalls. */
export type DiffTable = DiffResult['tables'][number]
/** The probed part of a combination: every number, both edges of every class, or nothing. */
export type Detail = DiffTable['detail']
/** Numbers whose outcome depends on earlier packets, through both firewalls. */
export type UnsteadyRow = DiffTable['unsteady'][number]
export type ChangeRow = DiffTable['changes'][number]
/** Numbers with one outcome before and one outcome after. */
export type Change = Pick<ChangeRow, 'from' | 'to' | 'kind' | 'before' | 'after' | 'sometimes'>
/**
 * Combinations without a change: their count, and the labels of the first few (`from 10.0.0.1`).
 */
export type Unchanged = NonNullable<ChangeRow['unchanged']>

/** The label of the combination whose ordinary probes are answered by ICMP errors. */
export const ICMP_ERRORS = 'answered by ICMP errors'
/** The names of combinations whose packets belong to established flows, or to no flow. */
export const IN_FLOW = 'packets of established flows'
export const STRAY = 'resets of unknown flows'

/**
 * Whether a combination depends on the flow of a packet: its outcome may differ from the outcome of
 * a first packet.
 */
export const isAboutFlows = (combination: string): boolean =>
  [ICMP_ERRORS, IN_FLOW, STRAY].some((name) => combination.startsWith(name))

/**
 * The status of all tables. A difference outweighs everything else. Without tables the status is
 * unknown.
 */
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
