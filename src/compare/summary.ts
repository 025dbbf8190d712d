/** Changes of all families and combinations, with rows of one change joined. */

import type { AddressedPacket } from '../net/packet-fields.ts'
import { PortSet, type Range } from '../net/port-set.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import { CHANGE_KINDS } from '../result/change-kinds.ts'
import type { ChangeRow, Detail, DiffTable, Unchanged } from '../result/diff.ts'
import { decidingStep } from '../result/trace.ts'

/** One change as a reader sees it. */
export interface SummarizedChange {
  readonly from: string
  readonly to: string
  readonly protocol: Protocol
  /** Its first row, with the evidence of a traced one. */
  readonly row: ChangeRow
  /** All numbers with this change, by the same rules. */
  readonly ranges: readonly Range[]
  /** How much was probed, for most of its rows. */
  readonly detail: Detail
  readonly families: readonly Family[]
  /** Whether ordinary packets change, and the labels of the other combinations that change. */
  readonly ordinary: boolean
  readonly combinations: readonly string[]
  /** Combinations of all families without this change. */
  readonly unchanged: Unchanged
}

/** By kind in the order of CHANGE_KINDS, then in the order of the tables. */
export function summarize(tables: readonly DiffTable[]): SummarizedChange[] {
  const all = tables.flatMap((table) => table.changes.map((row) => ({ table, row })))
  // Rows are joined even if only one is traced or declared.
  const alike = [...Map.groupBy(all, ({ table, row }) => changeKey(table, row)).values()]
  const ways = alike.flatMap((own) => {
    const traced = own.find(({ row }) => row.evidence)?.row.evidence
    return byDeclared(own)
      .flatMap(byOrdinary)
      .map((found) => gather(found, traced))
  })
  const groups = [...Map.groupBy(ways, likeness).values()].map(gatherRanges)
  return groups.sort((a, b) => order(a) - order(b))
}

type Found = { readonly table: DiffTable; readonly row: ChangeRow }

const order = ({ row }: SummarizedChange): number => CHANGE_KINDS.indexOf(row.kind)

function changeKey({ from, to, protocol, packet }: DiffTable, row: ChangeRow): string {
  const { kind, before, after } = row
  return JSON.stringify([
    from,
    to,
    protocol,
    row.from,
    row.to,
    kind,
    withoutEnds(before, packet),
    withoutEnds(after, packet),
  ])
}

const byDeclared = (found: readonly Found[]): readonly Found[][] => [
  ...Map.groupBy(found, ({ row }) => row.declared).values(),
]

/**
 * The sender of a rejection has another address in each family, and each translation depends on the
 * probe.
 */
function withoutEnds(outcome: ChangeRow['before'], { source, target }: AddressedPacket): unknown {
  if (outcome.kind === 'translated')
    return {
      ...outcome,
      change: outcome.change
        .replaceAll(`from ${source} →`, 'from its own →')
        .replaceAll(`to ${target} →`, 'to its own →'),
    }
  if (outcome.kind !== 'rejected') return outcome
  const { from: _, ...by } = outcome.by
  return { kind: outcome.kind, by }
}

/** Families in which ordinary packets changed are separate from those in which only others did. */
function byOrdinary(found: readonly Found[]): readonly Found[][] {
  const ordinary = new Set(
    found.filter(({ table }) => table.ordinary).map(({ table }) => table.family),
  )
  return [...Map.groupBy(found, ({ table }) => ordinary.has(table.family)).values()]
}

/** Everything except the numbers. */
function likeness({ row, ranges: _, ...rest }: SummarizedChange): string {
  const { kind, declared, before, after, evidence } = row
  const deciding = [evidence?.before, evidence?.after].map((walk) => {
    const step = walk && decidingStep(walk, kind === 'translated-otherwise')
    return step && [step.table, step.chain, step.rule]
  })
  return JSON.stringify([rest, kind, declared, outcomeKey(before), outcomeKey(after), deciding])
}

const outcomeKey = (outcome: ChangeRow['before']): unknown =>
  outcome.kind === 'rejected' ? withoutEnds(outcome, { source: '', target: '' }) : outcome

function gatherRanges(alike: readonly SummarizedChange[]): SummarizedChange {
  const [first] = alike as [SummarizedChange, ...SummarizedChange[]]
  return { ...first, ranges: PortSet.of(...alike.flatMap(({ ranges }) => ranges)).ranges }
}

function gather(found: readonly Found[], traced: ChangeRow['evidence']): SummarizedChange {
  const [first] = found as [Found, ...Found[]]
  const { from, to, protocol } = first.table
  const row = { ...first.row, ...(traced && { evidence: traced }) }
  const labels = found.filter(({ table }) => !table.ordinary).map(({ table }) => table.combination)
  return {
    from,
    to,
    protocol,
    row,
    ranges: [{ from: row.from, to: row.to }],
    detail: found.some(({ table }) => table.detail === 'all') ? 'all' : 'boundaries',
    families: [...new Set(found.map(({ table }) => table.family))].sort(),
    ordinary: found.some(({ table }) => table.ordinary),
    combinations: [...new Set(labels)],
    unchanged: unchangedOf(found),
  }
}

/** Each family has its own combinations. */
function unchangedOf(found: readonly Found[]): Unchanged {
  const all = found.flatMap(({ row }) => row.unchanged ?? [])
  return {
    count: all.reduce((sum, { count }) => sum + count, 0),
    examples: all.flatMap(({ examples }) => examples),
  }
}
