/** One planned sweep through two firewalls → a table of the changes, with evidence. */
import type { Changes } from '../../src/compare/change.ts'
import { classed } from '../../src/compare/classes.ts'
import { rememberedBy, rememberedText, type Traced } from '../../src/compare/traced.ts'
import type { Range } from '../../src/net/port-set.ts'
import type { DiffSweep } from '../../src/plan/diff.ts'
import type { ChangeRow, DiffTable, UnsteadyRow } from '../../src/result/diff.ts'
import { decidingStep, type Walk } from '../../src/result/trace.ts'
import { walks } from './evidence.ts'
import type { Sides } from './session.ts'
import { compareSides } from './two-sides.ts'

/** At most this many rows of a table are traced. Further rows usually have the same cause. */
const TRACED_ROWS = 12
/** At most this many classes of ports are traced. The rules of other classes are not known. */
const TRACED_CLASSES = 256

export async function compareTable(
  sides: Sides,
  sweep: DiffSweep,
  { traced, replay }: { traced: Traced; replay: (number: number) => string },
): Promise<DiffTable> {
  const { changed, unsteady, unlike, probes, losses } = await compareSides(sides, sweep, traced)
  const rows = changed.map((change): ChangeRow => ({ ...change, replay: replay(change.from) }))
  const { from, to, family, protocol, combination, ordinary, packet, detail, answer } = sweep
  return {
    ...{ from, to, family, protocol, combination, ordinary, packet, detail },
    ...{ numbers: sweep.numbers.size, probes, losses },
    // It is the probe that is traced, and not its answer.
    changes: answer === 'reply' ? await withEvidence({ sides, sweep, traced }, rows) : rows,
    unsteady: await withRules({ sides, sweep, traced }, { unsteady, unlike }),
  }
}

interface Tracing {
  readonly sides: Sides
  readonly sweep: DiffSweep
  readonly traced: Traced
}

async function withEvidence(
  { sides, sweep, traced }: Tracing,
  rows: readonly ChangeRow[],
): Promise<readonly ChangeRow[]> {
  const fresh = rows.filter((row) => traced.isNew(sweep, row)).slice(0, TRACED_ROWS)
  const found = await bothWalks(sides, sweep, fresh)
  return rows.map((row) => {
    const walked = found.get(row)
    return walked ? { ...row, evidence: { number: row.from, ...walked } } : row
  })
}

/** Through both firewalls, by the ranges whose first numbers were asked for. */
async function bothWalks<R extends Range>(
  { old, new: young }: Sides,
  sweep: DiffSweep,
  ranges: readonly R[],
): Promise<Map<R, Walks>> {
  if (ranges.length === 0) return new Map()
  const numbers = ranges.map(({ from }) => from)
  const [before, after] = await Promise.all([
    walks(old, sweep, numbers),
    walks(young, sweep, numbers),
  ])
  return new Map(ranges.map((range, i) => [range, { before: before[i]!, after: after[i]! }]))
}

/**
 * The rule that makes each number unsteady, before and after. Nothing differs if both sides have the
 * same rule, and the same outcome after the same probes. One number of each class is traced.
 */
async function withRules(
  { sides, sweep, traced }: Tracing,
  { unsteady, unlike }: Pick<Changes, 'unsteady' | 'unlike'>,
): Promise<UnsteadyRow[]> {
  const rows = classed(unsteady, sweep.classes)
  const fresh = [...new Map(rows.map((row) => [row.id, row])).values()]
    .filter(({ id }) => !traced.known(sweep, id))
    .slice(0, TRACED_CLASSES)
  const found = await freshWalks(sides, sweep, fresh)
  const isOneWay = (walked: Walks): boolean => sweep.scatters || isOneVerdict(walked)
  // A limit may have been used up on one side only, by a probe of another class.
  for (const row of fresh.filter((one) => !isOneWay(found.get(one)!)).slice(0, TRACED_ALONE))
    found.set(row, (await freshWalks(sides, sweep, [row])).get(row)!)
  for (const [{ id }, walked] of found) {
    const [was, is] = [rememberedBy(walked.before), rememberedBy(walked.after)]
    const alike = rememberedText(was) === rememberedText(is) && isOneWay(walked)
    traced.keep(sweep, id, { alike, ...(is === undefined ? {} : { rule: is }) })
  }
  return rows.map(({ from, to, id }) => {
    const known = traced.known(sweep, id) ?? { alike: false }
    return { from, to, ...known, alike: known.alike && !unlike.has(from) }
  })
}

interface Walks {
  readonly before: Walk
  readonly after: Walk
}

/** At most this many classes of a table are traced alone. Any others that disagree stay different. */
const TRACED_ALONE = 32

/** As it was before the limit was used up: a rule that no longer holds is not traced. */
async function freshWalks<R extends Range>(sides: Sides, sweep: DiffSweep, rows: readonly R[]) {
  if (rows.length > 0) await Promise.all([sides.old.reload(), sides.new.reload()])
  return bothWalks(sides, sweep, rows)
}

function isOneVerdict({ before, after }: Walks): boolean {
  const [was, is] = [before, after].map((walk) =>
    decidingStep(walk)?.verdict.replace(/^policy /, ''),
  )
  return was === is
}
