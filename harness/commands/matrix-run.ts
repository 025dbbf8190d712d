/** Runs the scenarios on one target, with `nftproof run` in its own process. */
import type { Ran } from '../../src/compare/matrix.ts'
import type { Result } from '../../src/result/result.ts'
import { argsOf, type NamedTarget } from '../input/matrix-target.ts'
import { warn } from '../output/console.ts'
import { readResult } from '../output/result-store.ts'
import { CommandError } from '../system/command-error.ts'
import { EnvironmentError, EXIT } from '../system/errors.ts'
import { runProgram } from '../system/exec.ts'

/** `args` are the options of `run` for every target. */
export async function ranIn(target: NamedTarget, args: readonly string[]): Promise<Ran> {
  const { name, what, source } = target
  const named = { name, what }
  if (source.kind === 'file')
    return { ...named, outcome: { kind: 'result', result: await readResult(source.file) } }
  const run = await ended(name, [...args, ...argsOf(source)])
  if (run instanceof CommandError)
    return { ...named, outcome: { kind: 'failure', reason: run.message } }
  const { code, out, errors } = run
  const reason = errors.join('\n') || `it ended with exit code ${code}`
  const result = resultIn(out)
  return result
    ? { ...named, outcome: { kind: 'result', result } }
    : { ...named, outcome: { kind: 'failure', reason, isInput: code === EXIT.badInput } }
}

interface Ended {
  readonly code: number
  readonly out: string
  /** The last message of the process, without its warnings and progress lines. */
  readonly errors: readonly string[]
}

const OWN = /^nftproof: /

/** A run that was killed or timed out is a failure of this target only. */
async function ended(name: string, args: readonly string[]): Promise<Ended | CommandError> {
  const main = process.argv[1]
  if (main === undefined) throw new EnvironmentError('the path of the nftproof command is unknown')
  warn(`${name} …`)
  const command = [main, 'run', ...args, '--reporter', 'json', '--no-save', '--shard', 'none']
  // Reports of the single runs must not reach the CI system of this command.
  const env = { ...process.env, GITHUB_STEP_SUMMARY: '' }
  const run = await runProgram(process.execPath, command, { name: 'nftproof', env }).catch(
    unlessEnded,
  )
  if (run instanceof CommandError) return run
  const { status, stdout, stderr } = run
  const errors: string[] = []
  for (const line of stderr.split('\n').filter(Boolean)) {
    if (OWN.test(line) && !line.startsWith('nftproof: warning:')) errors.length = 0
    errors.push(line.replace(OWN, ''))
  }
  return { code: status, out: stdout, errors }
}

function unlessEnded(error: unknown): CommandError {
  if (error instanceof CommandError) return error
  throw error
}

function resultIn(out: string): Result | undefined {
  try {
    const result = JSON.parse(out)
    return result?.format === 'nftproof-result' ? (result as Result) : undefined
  } catch {
    return undefined
  }
}
