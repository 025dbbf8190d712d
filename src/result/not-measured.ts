/** What a scenario could not measure, collected from its families and shards, with texts. */
import { familyName } from '../net/protocol.ts'
import type { NotMeasured, ScenarioResult } from './result.ts'

/** Absent if everything was measured: results without gaps keep their shape. */
export function gathered(
  all: readonly NotMeasured[],
): Pick<ScenarioResult, 'notMeasured'> | Record<string, never> {
  if (all.length === 0) return {}
  const alike = Map.groupBy(all, ({ cause, reason }) => `${cause} ${reason}`)
  return { notMeasured: [...alike.values()].flatMap(ofOneReason) }
}

/** Families that fail for one reason share one entry. */
function ofOneReason(same: readonly NotMeasured[]): NotMeasured[] {
  const [{ cause, reason }] = same as [NotMeasured]
  const families = [...new Set(same.map(({ family }) => family))]
  return families.length === 1 ? [same[0]!] : [{ cause, reason }]
}

/** `not measured`, `IPv4 not measured`. */
export function notMeasuredWords({ family }: NotMeasured): string {
  return family === undefined ? 'not measured' : `${familyName(family)} not measured`
}

export const isNotMeasured = ({ notMeasured }: Pick<ScenarioResult, 'notMeasured'>): boolean =>
  (notMeasured ?? []).length > 0
