/** The exit code that a run's status ends with. */
import type { Status } from '../src/result.ts'
import { EXIT } from './failure.ts'

export function exitCodeOf(status: Status): number {
  return { conforms: EXIT.conforms, mismatch: EXIT.mismatch, unknown: EXIT.notMeasured }[status]
}
