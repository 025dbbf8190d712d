/** Combinations in which a change of ordinary packets does not occur: it is limited to some sources, ports or lengths. */
import { PortSet } from '../net/port-set.ts'
import { type ChangeRow, type DiffTable, isAboutFlows, type Unchanged } from '../result/diff.ts'
import type { ProbedTable } from './declared.ts'

/** Labels that are kept of one change; the others are counted. */
const MAX_EXAMPLES = 8

/** The tables, each change of ordinary packets with the combinations that it does not hold for. */
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
  // What is not sure of one packet says nothing of others.
  if (row.kind === 'unknown' || row.kind === 'unsteady') return row
  const numbers = PortSet.of(row)
  const labels = others
    .filter((one) => isUnchanged(one, numbers))
    .map(({ table }) => table.combination)
  if (labels.length === 0) return row
  const unchanged: Unchanged = { count: labels.length, examples: labels.slice(0, MAX_EXAMPLES) }
  return { ...row, unchanged }
}

/** Of a range of which only a part was probed, nothing is said. */
function isUnchanged({ table, probed }: ProbedTable, numbers: PortSet): boolean {
  const touched = PortSet.of(...table.changes, ...table.unsteady)
  return numbers.subtract(probed).isEmpty && numbers.intersect(touched).isEmpty
}
