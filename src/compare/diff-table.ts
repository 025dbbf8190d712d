/** One sweep through two firewalls → its table. Traced rows name the rules that decided. */
import type { DiffSweep } from '../plan/diff.ts'
import type { ChangeRow, DiffTable, UnsteadyRow } from '../result/diff.ts'
import { decidingStep, type Walk } from '../result/trace.ts'
import type { Changes } from './change.ts'
import { type Classed, classed } from './classes.ts'
import { MOST_TRACED } from './evidence.ts'
import { rememberedBy, rememberedText, type Traced } from './traced.ts'

export function diffTable(
  sweep: DiffSweep,
  found: Pick<DiffTable, 'probes' | 'losses' | 'changes' | 'unsteady'>,
): DiffTable {
  const { from, to, family, protocol, combination, ordinary, packet, detail, numbers } = sweep
  const { probes, losses, changes, unsteady } = found
  return {
    ...{ from, to, family, protocol, combination, ordinary, packet, detail },
    ...{ numbers: numbers.size, probes, losses, changes, unsteady },
  }
}

/** The walks of one probe through both firewalls. */
export interface Walks {
  readonly before: Walk
  readonly after: Walk
}

/** Changes that no other table has. It is the probe that is traced, and not its answer. */
export function changesToTrace(
  rows: readonly ChangeRow[],
  sweep: DiffSweep,
  traced: Traced,
): readonly ChangeRow[] {
  if (sweep.answer !== 'reply') return []
  return rows.filter((row) => traced.isNew(sweep, row)).slice(0, MOST_TRACED)
}

export const withEvidence = (
  rows: readonly ChangeRow[],
  found: ReadonlyMap<ChangeRow, Walks>,
): ChangeRow[] =>
  rows.map((row) => {
    const walked = found.get(row)
    return walked ? { ...row, evidence: { number: row.from, ...walked } } : row
  })

/** At most this many classes of ports are traced. The rules of other classes are not known. */
const TRACED_CLASSES = 256

/** One range of each unsteady class whose rule is not known. */
export function classesToTrace(
  { unsteady }: Pick<Changes, 'unsteady'>,
  sweep: DiffSweep,
  traced: Traced,
): Classed[] {
  const rows = classed(unsteady, sweep.classes)
  return [...new Map(rows.map((row) => [row.id, row])).values()]
    .filter(({ id }) => !traced.known(sweep, id))
    .slice(0, TRACED_CLASSES)
}

/** At most this many classes of a table are traced alone. Any others that disagree stay different. */
const TRACED_ALONE = 32

/** A limit may have been used up on one side only, by a probe of another class. */
export const classesToTraceAlone = (
  found: ReadonlyMap<Classed, Walks>,
  sweep: DiffSweep,
): Classed[] =>
  [...found.keys()].filter((row) => !isOneWay(found.get(row)!, sweep)).slice(0, TRACED_ALONE)

/**
 * Keeps the rule that makes each class unsteady. Nothing differs if both sides have the same rule,
 * and the same outcome after the same probes.
 */
export function keepRules(
  found: ReadonlyMap<Classed, Walks>,
  sweep: DiffSweep,
  traced: Traced,
): void {
  for (const [{ id }, walked] of found) {
    const [was, is] = [rememberedBy(walked.before), rememberedBy(walked.after)]
    const alike = rememberedText(was) === rememberedText(is) && isOneWay(walked, sweep)
    traced.keep(sweep, id, { alike, ...(is === undefined ? {} : { rule: is }) })
  }
}

/** With the rules that are known. */
export const unsteadyRows = (
  { unsteady, unlike }: Pick<Changes, 'unsteady' | 'unlike'>,
  sweep: DiffSweep,
  traced: Traced,
): UnsteadyRow[] =>
  classed(unsteady, sweep.classes).map(({ from, to, id }) => {
    const known = traced.known(sweep, id) ?? { alike: false }
    return { from, to, ...known, alike: known.alike && !unlike.has(from) }
  })

function isOneWay({ before, after }: Walks, { scatters }: DiffSweep): boolean {
  const [was, is] = [before, after].map((walk) =>
    decidingStep(walk)?.verdict.replace(/^policy /, ''),
  )
  return scatters || was === is
}
