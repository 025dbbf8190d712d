/** Runs a program to its end while other work goes on. The one place where another library for processes would come in. */
import { type ChildProcess, type StdioOptions, spawn } from 'node:child_process'
import { once } from 'node:events'
import { freshMark, killDescendants } from './kill-descendants.ts'
import { type Ending, ProgramError } from './program-error.ts'
import type { Relay } from './relay.ts'
import { Finished, nameOf, type RunOptions, sizeOf } from './run-program-sync.ts'
import { timeLimitMs } from './time-limits.ts'

export interface AsyncRunOptions
  extends Pick<RunOptions, 'name' | 'input' | 'env' | 'timeoutMs' | 'outputTo'> {
  /** What it prints goes there, and is not kept. */
  readonly relays?: { readonly stdout: Relay; readonly stderr: Relay }
}

/**
 * Throws ProgramError where the program cannot be started, does not end in time
 * (it and all that it started is killed), or is ended by a signal.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: AsyncRunOptions = {},
): Promise<Finished> {
  const run = nameOf(program, args, options)
  const { input, env = process.env } = options
  const { timeoutMs = timeLimitMs(run.name, sizeOf(input)) } = options
  const mark = freshMark()
  const child = spawn(program, args, { stdio: stdioOf(options), env: { ...env, ...mark } })
  const { relays } = options
  const [stdout, stderr] = relays
    ? [relayed(child.stdout, relays.stdout), relayed(child.stderr, relays.stderr)]
    : [gathered(child.stdout), gathered(child.stderr)]
  // A program that ends before it has read everything says why on its standard error (EPIPE).
  child.stdin?.on('error', () => {}).end(input)
  const ending = await endingOf(child, timeoutMs, mark)
  const said = Buffer.concat(stderr)
  if (typeof ending === 'number') return new Finished(ending, Buffer.concat(stdout), said)
  throw new ProgramError({ ...run, stderr: said.toString('utf8') }, ending)
}

function stdioOf({ input }: AsyncRunOptions): StdioOptions {
  return [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe']
}

function relayed(stream: ChildProcess['stdout'], relay: Relay): Buffer[] {
  stream?.on('data', (chunk: Buffer) => relay.write(chunk)).on('close', () => relay.end())
  return []
}

function gathered(stream: ChildProcess['stdout']): Buffer[] {
  const chunks: Buffer[] = []
  stream?.on('data', (chunk: Buffer) => chunks.push(chunk))
  return chunks
}

/** Its exit code, or what else became of it. */
async function endingOf(
  child: ChildProcess,
  timeoutMs: number,
  mark: Readonly<Record<string, string>>,
): Promise<number | Ending> {
  let isLate = false
  const timer = setTimeout(() => {
    isLate = true
    if (child.pid !== undefined) killDescendants(child.pid, mark)
    // Whoever has left the marked ones may hold the pipes.
    child.stdout?.destroy()
    child.stderr?.destroy()
  }, timeoutMs)
  try {
    const [status, signal] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null]
    if (isLate) return { kind: 'timed-out', timeoutMs }
    return status ?? { kind: 'killed', signal: signal ?? 'SIGKILL' }
  } catch (cause) {
    return { kind: 'not-started', cause: cause as NodeJS.ErrnoException }
  } finally {
    clearTimeout(timer)
  }
}
