/** Runs the scenarios in one place, by the command's own `run` in a process of its own. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import type { Ran } from '../../src/matrix/matrix.ts'
import type { Result } from '../../src/result.ts'
import { EnvironmentFailure, EXIT } from '../failure.ts'
import { warn } from '../output.ts'
import { readResult } from '../results.ts'
import type { Place } from './place.ts'

/** `args` are those of `run` that hold for every place. */
export async function ranIn(place: Place, args: readonly string[]): Promise<Ran> {
  const { name, what, source } = place
  const named = { name, what }
  if (source.kind === 'file')
    return { ...named, outcome: { kind: 'result', result: await readResult(source.file) } }
  const { code, out, errors } = await ended(name, [...args, ...source.args])
  const reason = errors.join('\n') || `it ended with exit code ${code}`
  const result = resultIn(out)
  return result
    ? { ...named, outcome: { kind: 'result', result } }
    : { ...named, outcome: { kind: 'failure', reason, isInput: code === EXIT.badInput } }
}

interface Ended {
  readonly code: number | null
  readonly out: string
  /** What it said last, without what it says of itself on the way. */
  readonly errors: readonly string[]
}

const OWN = /^nftproof: /

async function ended(name: string, args: readonly string[]): Promise<Ended> {
  const main = process.argv[1]
  if (main === undefined) throw new EnvironmentFailure('the command does not know its own file')
  warn(`${name} …`)
  const child = spawn(
    process.execPath,
    [main, 'run', ...args, '--json', '--no-save', '--shard', 'none'],
    // Its reports are not for the pipeline that this command runs in.
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, GITHUB_STEP_SUMMARY: '' } },
  )
  const errors: string[] = []
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (OWN.test(line) && !line.startsWith('nftproof: warning:')) errors.length = 0
    errors.push(line.replace(OWN, ''))
  })
  const [out, [code]] = await Promise.all([text(child.stdout), once(child, 'close')])
  return { code, out, errors }
}

function resultIn(out: string): Result | undefined {
  try {
    const result = JSON.parse(out)
    return result?.format === 'nftproof-result' ? (result as Result) : undefined
  } catch {
    return undefined
  }
}
