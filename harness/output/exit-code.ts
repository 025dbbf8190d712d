/** The exit code that a run's status ends with. */
import type { ScenarioResult, Status } from '../../src/result/result.ts'
import { EXIT } from '../system/errors.ts'

/**
 * A known mismatch comes first, then input that was refused: whoever reads the
 * code has to mend that, whatever else could not be measured.
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
