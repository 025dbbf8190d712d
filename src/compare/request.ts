/**
 * Two sweeps of one path, before and after → opened and closed ports, and whether these are the
 * requested ones.
 */

import { PortSet, type Range } from '../net/port-set.ts'
import { join, type RangeMap } from '../net/range-map.ts'
import type { Difference, MeasuredRow, TrialVerdict } from '../result/measured.ts'
import type { Observation, Outcome } from '../result/outcome.ts'

export function differenceOf(
  before: RangeMap<Observation>,
  after: RangeMap<Observation>,
): Difference {
  const found = { opened: [], closed: [], altered: [], unsure: [] } as Record<
    keyof Difference,
    Range[]
  >
  for (const { from, to, value } of join(before, after)) {
    const change = changeOf(value[0].outcome, value[1].outcome)
    if (change) found[change].push({ from, to })
  }
  const { opened, closed, altered, unsure } = found
  return {
    opened: PortSet.of(...opened),
    closed: PortSet.of(...closed),
    altered: PortSet.of(...altered),
    unsure: PortSet.of(...unsure),
  }
}

function changeOf(before: Outcome, after: Outcome): keyof Difference | undefined {
  if (!isKnown(before) || !isKnown(after)) return 'unsure'
  const [old, now] = [outcomeText(before), outcomeText(after)]
  if (old === now) return undefined
  if (now === 'open') return 'opened'
  return old === 'open' ? 'closed' : 'altered'
}

function isKnown({ kind }: Outcome): boolean {
  return kind !== 'unsteady' && kind !== 'inconclusive'
}

/** Equal text for equal outcomes. */
function outcomeText(outcome: Outcome): string {
  if (outcome.kind === 'rejected') {
    const { by } = outcome
    return by.kind === 'icmp' ? `rejected ${by.type}/${by.code}` : `rejected ${by.kind}`
  }
  if (outcome.kind === 'translated') return `translated ${outcome.way} ${outcome.change}`
  return outcome.kind
}

export function trialVerdictOf(difference: Difference, expected: PortSet): TrialVerdict {
  if (!wrongIn(difference, expected).isEmpty) return 'different'
  return difference.unsure.isEmpty ? 'exact' : 'unknown'
}

/** Unexpected changes, and expected ports that did not open. */
export function wrongIn(
  { opened, closed, altered, unsure }: Difference,
  expected: PortSet,
): PortSet {
  const missing = expected.subtract(opened).subtract(unsure)
  return opened.subtract(expected).union(closed).union(altered).union(missing)
}

/** The verdict of all rows. A difference outweighs unknown results. */
export function trialVerdictOfAll(
  rows: readonly Pick<MeasuredRow, 'verdict'>[],
  problems: readonly string[],
  beyond: readonly string[] = [],
): TrialVerdict {
  if (beyond.length > 0) return 'different'
  if (rows.some(({ verdict }) => verdict === 'different')) return 'different'
  if (problems.length > 0) return 'unknown'
  return rows.length > 0 && rows.every(({ verdict }) => verdict === 'exact') ? 'exact' : 'unknown'
}

const ORDER: readonly TrialVerdict[] = ['different', 'unknown', 'exact']

export function worstFirst(rows: readonly MeasuredRow[]): MeasuredRow[] {
  return rows.toSorted((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict))
}
