/** Runs ip(8) and tc(8) in batches. */

import { BatchTextError, batchText, type Command } from '../../src/quote/batch.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { findProgram } from '../system/find-program.ts'
import { type Finished, runProgramSync } from '../system/run-program-sync.ts'

/**
 * Runs ip(8) commands in the namespace of the calling thread. Throws InputError for a name that ip
 * cannot read.
 */
export function ip(commands: readonly Command[]): void {
  const { status, stderr } = batch('ip', commands)
  if (status !== 0) throw new EnvironmentError(explain(commands, stderr))
}

/** Runs commands of ip(8) or tc(8), all in one process. */
export function batch(program: 'ip' | 'tc', commands: readonly Command[]): Finished {
  try {
    return runProgramSync(findProgram(program), ['-batch', '-'], { input: batchText(commands) })
  } catch (cause) {
    if (cause instanceof BatchTextError) throw new InputError(cause.message, { cause })
    throw cause
  }
}

function explain(commands: readonly Command[], stderr: string): string {
  const at = /Command failed -:(\d+)/.exec(stderr)
  const command = at ? commands[Number(at[1]) - 1] : undefined
  const said = stderr.replace(/Command failed.*\n?/, '').trim()
  return `the lab's links could not be created: ip ${command?.join(' ') ?? '-batch'}: ${said || 'no message'}`
}
