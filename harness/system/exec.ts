/**
 * Runs a program asynchronously. Only this file uses execa, which is loaded with the first program.
 */
import type { Options } from 'execa'
import { CommandError, type Ending } from './command-error.ts'
import { freshMark, killDescendants } from './kill-descendants.ts'
import type { Relay } from './relay.ts'
import {
  Finished,
  inputBytes,
  MOST_BYTES,
  nameOf,
  type RunOptions,
  succeeded,
} from './run-program-sync.ts'
import { timeLimitMs } from './time-limits.ts'

export interface AsyncRunOptions
  extends Pick<RunOptions, 'name' | 'input' | 'env' | 'timeoutMs' | 'mostBytes'> {
  /** Receives the output of the program, which is then not kept. */
  readonly relays?: { readonly stdout: Relay; readonly stderr: Relay }
}

/**
 * Throws CommandError where the program cannot be started, does not end in time
 * or prints too much (the program and all that it started is killed), or is
 * ended by a signal. Any exit code is for the caller to judge.
 */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: AsyncRunOptions = {},
): Promise<Finished> {
  const run = nameOf(program, args, options)
  const { timeoutMs = timeLimitMs(run.name, inputBytes(options.input)) } = options
  const { execa } = await import('execa')
  const mark = freshMark()
  const child = execa(program, args, { ...optionsOf(options, mark), encoding: 'buffer' })
  const relayed = relay(child, options.relays)
  const watch = new Watch(child, mark)
  watch.limitTime(timeoutMs)
  if (!options.relays) watch.limitOutput(options.mostBytes ?? MOST_BYTES)
  const result = await child.finally(() => watch.end())
  if (child.pid !== undefined) await relayed
  const [stdout, stderr] = [bytesOf(result.stdout), bytesOf(result.stderr)]
  const ending = watch.ending ?? endingOf(result)
  if (typeof ending === 'number') return new Finished(ending, stdout, stderr)
  throw new CommandError({ ...run, stderr: stderr.toString('utf8') }, ending)
}

/** Throws CommandError where the program ends with another code than 0, too. */
export async function outputOf(
  program: string,
  args: readonly string[],
  options: AsyncRunOptions = {},
): Promise<Finished> {
  return succeeded(nameOf(program, args, options), await runProgram(program, args, options))
}

type Mark = ReturnType<typeof freshMark>

/**
 * execa's own limits kill only the program itself, and its clean-up would catch signals for this
 * command. killDescendants and the kernel do both.
 */
function optionsOf({ input, env = process.env, relays }: AsyncRunOptions, mark: Mark) {
  return {
    ...(input === undefined ? { stdin: 'ignore' } : { input }),
    env: { ...env, ...mark },
    extendEnv: false,
    shell: false,
    buffer: relays === undefined,
    maxBuffer: Number.POSITIVE_INFINITY,
    stripFinalNewline: false,
    reject: false,
    cleanup: false,
    // With NODE_DEBUG=execa, commands would appear in the output.
    verbose: 'none',
  } satisfies Options
}

interface Child {
  readonly pid?: number | undefined
  readonly stdout: NodeJS.ReadableStream | null
  readonly stderr: NodeJS.ReadableStream | null
}

/** Settles when both streams have ended; execa settles earlier. */
async function relay({ stdout, stderr }: Child, relays: AsyncRunOptions['relays']): Promise<void> {
  const connect = async (stream: NodeJS.ReadableStream | null, to: Relay): Promise<void> => {
    stream?.on('data', (chunk: Buffer) => to.write(chunk))
    if (stream) await new Promise((closed) => stream.once('close', closed))
    to.end()
  }
  if (relays) await Promise.all([connect(stdout, relays.stdout), connect(stderr, relays.stderr)])
}

/** Kills a program and all its processes at a limit. */
class Watch {
  /** The limit that was reached. */
  ending: Ending | undefined
  readonly #child: Child
  readonly #mark: Mark
  #timer: NodeJS.Timeout | undefined

  constructor(child: Child, mark: Mark) {
    this.#child = child
    this.#mark = mark
  }

  limitTime(timeoutMs: number): void {
    this.#timer = setTimeout(() => this.#kill({ kind: 'timed-out', timeoutMs }), timeoutMs)
  }

  /** For each of its outputs. */
  limitOutput(mostBytes: number): void {
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      let size = 0
      stream?.on('data', (chunk: Buffer) => {
        size += chunk.length
        if (size > mostBytes) this.#kill({ kind: 'too-much-output', mostBytes })
      })
    }
  }

  end(): void {
    clearTimeout(this.#timer)
  }

  #kill(ending: Ending): void {
    this.ending ??= ending
    const { pid, stdout, stderr } = this.#child
    if (pid !== undefined) killDescendants(pid, this.#mark)
    // A process that cleared its environment has no mark, and may keep the pipes open.
    for (const stream of [stdout, stderr]) (stream as { destroy?(): void } | null)?.destroy?.()
  }
}

interface Result {
  readonly exitCode?: number | undefined
  readonly signal?: NodeJS.Signals | undefined
  readonly cause?: unknown
}

/** Its exit code, or another kind of end. */
function endingOf({ exitCode, signal, cause }: Result): number | Ending {
  if (signal !== undefined) return { kind: 'killed', signal }
  if (exitCode !== undefined) return exitCode
  return { kind: 'not-started', cause: cause as NodeJS.ErrnoException }
}

const bytesOf = (bytes: Uint8Array = new Uint8Array()): Buffer =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
