/** Prints errors of files on standard error. */

import { MAX_PRINTED, moreText, type Problem, problemText } from '../../src/input/problem.ts'
import { FaultyFiles } from '../system/faulty-files.ts'
import { warn, warnLines } from './console.ts'

/**
 * Prints why a command ends: one line for each error of a file, or one message for anything else.
 */
export function warnOfFailure(error: Error): void {
  if (error instanceof FaultyFiles) warnLines(error.message)
  else warn(error.message)
}

/** Warnings; their number is limited like that of errors. */
export function warnOf(problems: readonly Problem[]): void {
  for (const problem of problems.slice(0, MAX_PRINTED)) warn(`warning: ${problemText(problem)}`)
  const more = problems.length - MAX_PRINTED
  if (more > 0) warn(moreText(more, 'warning'))
}
