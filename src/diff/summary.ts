/** Changes of all families and combinations, those that are one change put together. */
import type { Family, Protocol } from '../flow.ts'
import { CHANGE_KINDS } from './change.ts'
import type { ChangeRow, Detail, DiffTable } from './diff.ts'

/** A change as a person would tell it once. */
export interface ToldChange {
  readonly from: string
  readonly to: string
  readonly protocol: Protocol
  /** The first of its rows that has evidence, or the first. */
  readonly row: ChangeRow
  /** How much was probed where most of it was. */
  readonly detail: Detail
  readonly families: readonly Family[]
  /** Whether it is so without anything special; and the labels of the combinations in which it is so otherwise. */
  readonly ordinary: boolean
  readonly combinations: readonly string[]
}

/** By kind, as CHANGE_KINDS has them; within that in the order of the tables. */
export function told(tables: readonly DiffTable[]): ToldChange[] {
  const all = tables.flatMap((table) => table.changes.map((row) => ({ table, row })))
  const groups = [...Map.groupBy(all, ({ table, row }) => keyOf(table, row)).values()].map(gather)
  return groups.sort((a, b) => order(a) - order(b))
}

type Found = { readonly table: DiffTable; readonly row: ChangeRow }

const order = ({ row }: ToldChange): number => CHANGE_KINDS.indexOf(row.kind)

function keyOf({ from, to, protocol }: DiffTable, row: ChangeRow): string {
  const { kind, before, after, declared } = row
  return JSON.stringify([
    from,
    to,
    protocol,
    row.from,
    row.to,
    kind,
    withoutSender(before),
    withoutSender(after),
    declared,
  ])
}

/** Who sent a rejection is another address over either family. */
function withoutSender(outcome: ChangeRow['before']): unknown {
  if (outcome.kind !== 'rejected') return outcome
  const { from: _, ...by } = outcome.by
  return { kind: outcome.kind, by }
}

function gather(found: readonly Found[]): ToldChange {
  const [first] = found as [Found, ...Found[]]
  const { from, to, protocol } = first.table
  const labels = found.filter(({ table }) => !table.ordinary).map(({ table }) => table.combination)
  return {
    from,
    to,
    protocol,
    row: (found.find(({ row }) => row.evidence) ?? first).row,
    detail: found.some(({ table }) => table.detail === 'all') ? 'all' : 'boundaries',
    families: [...new Set(found.map(({ table }) => table.family))].sort(),
    ordinary: found.some(({ table }) => table.ordinary),
    combinations: [...new Set(labels)],
  }
}
