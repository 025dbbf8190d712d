/** The exit code of a run's status. */
import type { ScenarioResult, Status } from '../../src/result/result.ts'
import { EXIT } from '../system/errors.ts'

/**
 * A known mismatch comes first, then refused input: the user must correct these, whatever else
 * could not be measured.
 */
export function exitCodeOf(
  status: Status,
  scenarios: readonly Pick<ScenarioResult, 'notMeasured'>[] = [],
): number {
  const isRefused = scenarios.some(({ notMeasured = [] }) =>
    notMeasured.some(({ cause }) => cause === 'input'),
  )
  if (status === 'unknown' && isRefused) return EXIT.badInput
  return { conforms: EXIT.conforms, mismatch: EXIT.mismatch, unknown: EXIT.notMeasured }[status]
}
