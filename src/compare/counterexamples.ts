/**
 * Combinations in which a change of ordinary packets does not occur: the change depends on the
 * source, the port or the length.
 */
import { PortSet } from '../net/port-set.ts'
import { type ChangeRow, type DiffTable, isAboutFlows, type Unchanged } from '../result/diff.ts'
import type { ProbedTable } from './declared.ts'

/** Labels kept for one change. The others are counted. */
const MAX_EXAMPLES = 8

/**
 * The tables, with each change of ordinary packets and the combinations to which it does not apply.
 */
export function withCounterexamples(probed: readonly ProbedTable[]): DiffTable[] {
  const paths = Map.groupBy(probed, ({ table }) => pathKey(table))
  return probed.map(({ table }) => {
    if (!table.ordinary || table.changes.length === 0) return table
    const others = paths.get(pathKey(table))!.filter(isPacketOfOwn)
    return { ...table, changes: table.changes.map((row) => withOwn(row, others)) }
  })
}

const isPacketOfOwn = ({ table }: ProbedTable): boolean =>
  !table.ordinary && !isAboutFlows(table.combination)

const pathKey = ({ from, to, family, protocol }: DiffTable): string =>
  JSON.stringify([from, to, family, protocol])

function withOwn(row: ChangeRow, others: readonly ProbedTable[]): ChangeRow {
  // An uncertain outcome says nothing about other packets.
  if (row.kind === 'unknown' || row.kind === 'unsteady') return row
  const numbers = PortSet.of(row)
  const labels = others
    .filter((one) => isUnchanged(one, numbers))
    .map(({ table }) => table.combination)
  if (labels.length === 0) return row
  const unchanged: Unchanged = { count: labels.length, examples: labels.slice(0, MAX_EXAMPLES) }
  return { ...row, unchanged }
}

/** A partly probed range gives no answer. */
function isUnchanged({ table, probed }: ProbedTable, numbers: PortSet): boolean {
  const touched = PortSet.of(...table.changes, ...table.unsteady)
  return numbers.subtract(probed).isEmpty && numbers.intersect(touched).isEmpty
}
