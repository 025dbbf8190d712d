/** Tells problems of files on standard error. */

import { MAX_PRINTED, moreText, type Problem, problemText } from '../../src/input/problem.ts'
import { FaultyFiles } from '../system/faulty-files.ts'
import { warn, warnLines } from './console.ts'

/** Says why a command ends: each fault of files in lines of its own, everything else as one message. */
export function warnOfFailure(error: Error): void {
  if (error instanceof FaultyFiles) warnLines(error.message)
  else warn(error.message)
}

/** Warnings, of which no more are printed than of problems. */
export function warnOf(problems: readonly Problem[]): void {
  for (const problem of problems.slice(0, MAX_PRINTED)) warn(`warning: ${problemText(problem)}`)
  const more = problems.length - MAX_PRINTED
  if (more > 0) warn(moreText(more, 'warning'))
}
