/** Runs a program while the thread waits, for work inside a namespace, which must not await. */
import { spawnSync } from 'node:child_process'
import { CommandError, type Ending, type ProgramRun } from './command-error.ts'
import { freshMark, killDescendants, leadsGroup } from './kill-descendants.ts'
import { timeLimitMs } from './time-limits.ts'

export interface RunOptions {
  /** The name for messages and time limits. Absent: the program's file name. */
  readonly name?: string
  readonly input?: string | Uint8Array
  readonly env?: NodeJS.ProcessEnv
  /** Absent: the limit of `name`, which grows with the input. */
  readonly timeoutMs?: number
  /** For each of its outputs. */
  readonly mostBytes?: number
  /**
   * The descriptor for both outputs. The call then does not wait for children that the program
   * leaves running.
   */
  readonly outputTo?: number
  /** The descriptor that the program gets as number 3. */
  readonly third?: number
}

export interface StartOptions
  extends Required<Pick<RunOptions, 'env' | 'timeoutMs' | 'mostBytes'>> {
  readonly input: RunOptions['input'] | undefined
  readonly outputTo: number | 'pipe'
  readonly third: number | undefined
  readonly leadsGroup: boolean
}

/** What is left of a program that was started, or the error. Outputs that are no pipes are null. */
export interface Started {
  readonly pid?: number
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly stdout: Buffer | null
  readonly stderr: Buffer | null
  readonly error?: Error
}

/** Starts a program, and waits for it. */
export type Start = (program: string, args: readonly string[], options: StartOptions) => Started

let start: Start = startByNode

/** From now on, this thread starts programs so. */
export function startProgramsBy(other: Start): void {
  start = other
}

/** A program that exited, with any code. */
export class Finished {
  readonly status: number
  readonly bytes: Buffer
  readonly #stderr: Buffer
  constructor(status: number, stdout: Buffer | null, stderr: Buffer | null) {
    this.status = status
    this.bytes = stdout ?? Buffer.alloc(0)
    this.#stderr = stderr ?? Buffer.alloc(0)
  }

  get stdout(): string {
    return this.bytes.toString('utf8')
  }

  get stderr(): string {
    return this.#stderr.toString('utf8')
  }
}

/**
 * A listing of 2,000,000 elements and 100,000 rules, which are the limits of a ruleset, has less.
 * More would not fit into the memory that Node allows, once it is read.
 */
export const MOST_BYTES = 256 << 20

/**
 * Throws CommandError where the program cannot be started, does not end in time
 * (it and all that it started is killed), is ended by a signal, or prints too
 * much. A program that exits with a code other than 0 is for the caller to judge.
 */
export function runProgramSync(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Finished {
  const run = nameOf(program, args, options)
  const { input, env = process.env, mostBytes = MOST_BYTES, third } = options
  const { timeoutMs = timeLimitMs(run.name, inputBytes(input)) } = options
  const mark = freshMark()
  const limits = { timeoutMs, mostBytes, leadsGroup }
  const files = { input, outputTo: options.outputTo ?? ('pipe' as const), third }
  const result = start(program, args, { ...files, ...limits, env: { ...env, ...mark } })
  const ending = endingOf(result, timeoutMs, mostBytes)
  if (ending && result.pid) killDescendants(result.pid, mark)
  if (ending) throw new CommandError({ ...run, stderr: outputText(result.stderr) }, ending)
  return new Finished(result.status!, result.stdout, result.stderr)
}

/** What the program prints. Throws CommandError where it ends with another code than 0, too. */
export function outputOfSync(
  program: string,
  args: readonly string[],
  options: RunOptions = {},
): Finished {
  return succeeded(nameOf(program, args, options), runProgramSync(program, args, options))
}

export function succeeded(run: ProgramRun, finished: Finished): Finished {
  const { status, stderr } = finished
  if (status === 0) return finished
  throw new CommandError({ ...run, stderr }, { kind: 'failed', status })
}

export function nameOf(
  program: string,
  args: readonly string[],
  { name = program.replace(/^.*\//, '') }: Pick<RunOptions, 'name'>,
): ProgramRun {
  const run = { name, command: [program, ...args], stderr: '' }
  const wrong = run.command.find((word) => word.includes('\0'))
  if (wrong === undefined) return run
  const cause = new Error(`an argument cannot contain a NUL character: ${JSON.stringify(wrong)}`)
  throw new CommandError(run, { kind: 'not-started', cause })
}

export const inputBytes = (input: string | Uint8Array | undefined): number => input?.length ?? 0

export function startByNode(
  program: string,
  args: readonly string[],
  options: StartOptions,
): Started {
  const { input, outputTo, third, env, timeoutMs, mostBytes } = options
  return spawnSync(program, args, {
    input,
    stdio: [input === undefined ? 'ignore' : 'pipe', outputTo, outputTo, ...given(third)],
    env,
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: mostBytes,
    // Missing in the types of spawnSync, but the same code reads the options of both
    // (lib/child_process.js).
    ...{ detached: options.leadsGroup },
  })
}

const given = (fd: number | undefined): number[] => (fd === undefined ? [] : [fd])

const outputText = (b: Buffer | null): string => b?.toString('utf8') ?? ''

function endingOf(
  { error, status, signal, pid }: Started,
  timeoutMs: number,
  mostBytes: number,
): Ending | undefined {
  const cause = error as NodeJS.ErrnoException | undefined
  if (cause?.code === 'ETIMEDOUT') return { kind: 'timed-out', timeoutMs }
  if (cause?.code === 'ENOBUFS') return { kind: 'too-much-output', mostBytes }
  // The program was killed because this process could not read what it prints.
  if (signal && cause && cause.code !== 'EPIPE') return { kind: 'not-started', cause }
  if (signal) return { kind: 'killed', signal }
  // A program that ends before it has read all input gives the reason on standard error (EPIPE).
  if (status !== null && pid) return undefined
  return { kind: 'not-started', cause: cause ?? new Error('no reason was given') }
}
