/** One planned sweep through two firewalls → a table of the changes, with evidence. */
import type { Changes } from '../../src/compare/change.ts'
import {
  changesToTrace,
  classesToTrace,
  classesToTraceAlone,
  diffTable,
  keepRules,
  unsteadyRows,
  type Walks,
  withEvidence,
} from '../../src/compare/diff-table.ts'
import type { Traced } from '../../src/compare/traced.ts'
import type { Range } from '../../src/net/port-set.ts'
import type { DiffSweep } from '../../src/plan/diff.ts'
import type { ChangeRow, DiffTable } from '../../src/result/diff.ts'
import { freshWalks } from './evidence.ts'
import type { Sides } from './session.ts'
import { compareSides } from './two-sides.ts'

export async function compareTable(
  sides: Sides,
  sweep: DiffSweep,
  { traced, replay }: { traced: Traced; replay: (number: number) => string },
): Promise<DiffTable> {
  const { probes, losses, ...found } = await compareSides(sides, sweep, traced)
  const rows = found.changed.map((row): ChangeRow => ({ ...row, replay: replay(row.from) }))
  const walked = await bothWalks(sides, sweep, changesToTrace(rows, sweep, traced))
  await traceUnsteady(sides, sweep, { found, traced })
  return diffTable(sweep, {
    ...{ probes, losses },
    changes: withEvidence(rows, walked),
    unsteady: unsteadyRows(found, sweep, traced),
  })
}

/** Through both firewalls, by the ranges whose first numbers were asked for. */
async function bothWalks<R extends Range>(
  { old, new: young }: Sides,
  sweep: DiffSweep,
  ranges: readonly R[],
): Promise<Map<R, Walks>> {
  const numbers = ranges.map(({ from }) => from)
  const [before, after] = await Promise.all([
    freshWalks(old, sweep, numbers),
    freshWalks(young, sweep, numbers),
  ])
  return new Map(ranges.map((range, i) => [range, { before: before[i]!, after: after[i]! }]))
}

/** One number of each class is traced. */
async function traceUnsteady(
  sides: Sides,
  sweep: DiffSweep,
  { found, traced }: { readonly found: Changes; readonly traced: Traced },
): Promise<void> {
  const walked = await bothWalks(sides, sweep, classesToTrace(found, sweep, traced))
  for (const row of classesToTraceAlone(walked, sweep))
    walked.set(row, (await bothWalks(sides, sweep, [row])).get(row)!)
  keepRules(walked, sweep, traced)
}
