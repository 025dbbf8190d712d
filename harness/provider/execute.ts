/**
 * Runs programs of a container's image through the engine: in the container's namespaces, with its
 * capabilities and limits. From this machine they get only arguments and input.
 */

import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Container, Exec } from 'dockerode'
import { originalBytes } from '../../src/quote/utf8.ts'
import type { Executed, Execution } from '../contract/execution.ts'
import { USUAL_PATH } from '../firewall/nft.ts'
import { CommandError, type Ending } from '../system/command-error.ts'
import { EnvironmentError } from '../system/errors.ts'
import { timeLimitMs } from '../system/time-limits.ts'
import { withinLimit } from '../system/within-limit.ts'
import { messageOf } from './engine.ts'

/**
 * The limit of both outputs together. Messages of nft and iptables about a ruleset are far shorter.
 */
const MOST_BYTES = 1 << 20
const POLL_MS = 10

/**
 * Throws CommandError where the program does not end in time or prints too much:
 * then the container is killed, because an engine cannot end a single program.
 */
export async function execute(container: Container, execution: Execution): Promise<Executed> {
  const { program, args, input = '' } = execution
  const { timeoutMs = timeLimitMs(program, input.length) } = execution
  const stopped = new AbortController()
  const output = new Output()
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<Ending>((resolve) => {
    timer = setTimeout(() => resolve({ kind: 'timed-out', timeoutMs }), timeoutMs)
  })
  try {
    const ran = run(container, { ...execution, input }, { output, signal: stopped.signal })
    ran.catch(() => {})
    const ended = await Promise.race([ran, late, output.overflow])
    if ('isMissing' in ended) return ended
    await withinLimit('container engine', container.kill()).catch(() => {})
    const said = { name: program, command: [program, ...args], stderr: output.stderr }
    throw new CommandError(said, ended)
  } finally {
    clearTimeout(timer)
    stopped.abort()
  }
}

interface Watched {
  readonly output: Output
  readonly signal: AbortSignal
}

/**
 * No shell, no terminal, only the image's own environment. As root, because only root can set
 * rules.
 */
async function run(
  container: Container,
  { program, args, input }: Execution,
  { output, signal }: Watched,
): Promise<Executed> {
  try {
    const exec = await container.exec({
      Cmd: [program, ...args],
      User: '0:0',
      Env: [`PATH=${USUAL_PATH}`],
      AttachStdin: true,
      AttachStdout: true,
      AttachStderr: true,
      Tty: false,
    })
    // If it is refused, the request would stay open and wait for the input.
    const stream = await exec.start({ hijack: true, stdin: true, abortSignal: signal })
    signal.addEventListener('abort', () => stream.destroy())
    container.modem.demuxStream(stream, output.of('stdout'), output.of('stderr'))
    const ended = new Promise<void>((resolve) => {
      // A program that ends before it has read all input breaks the pipe.
      for (const event of ['end', 'close', 'error']) stream.on(event, () => resolve())
    })
    stream.end(originalBytes(input ?? ''))
    await ended
    return output.executed(await statusOf(exec, signal))
  } catch (error) {
    const said = messageOf(error)
    if (NOT_FOUND.test(said)) return { status: 127, stdout: '', stderr: said, isMissing: true }
    throw new EnvironmentError(`${program} could not be run in the container: ${said}`, {
      cause: error,
    })
  }
}

/** Messages of runc and crun, which engines use to start programs. */
const NOT_FOUND = /executable file .*not found|no such file or directory/i
/** Exit codes of shells and engines if a program cannot be started. */
const NOT_STARTED: readonly number[] = [126, 127]

/** The stream may end shortly before the engine knows the exit code. */
async function statusOf(exec: Exec, signal: AbortSignal): Promise<number> {
  for (;;) {
    const { Running, ExitCode } = await exec.inspect()
    if (!Running && ExitCode !== null) return ExitCode
    await sleep(POLL_MS, undefined, { signal })
  }
}

type Name = 'stdout' | 'stderr'

class Output {
  readonly #chunks: Record<Name, Buffer[]> = { stdout: [], stderr: [] }
  readonly overflow: Promise<Ending>
  #tooMuch: () => void = () => {}
  #bytes = 0

  constructor() {
    this.overflow = new Promise((resolve) => {
      this.#tooMuch = () => resolve({ kind: 'too-much-output', mostBytes: MOST_BYTES })
    })
  }

  of(name: Name): Writable {
    return new Writable({
      write: (chunk: Buffer, _, done) => {
        this.#keep(name, chunk)
        done()
      },
    })
  }

  get stderr(): string {
    return this.#text('stderr')
  }

  executed(status: number): Executed {
    const [stdout, stderr] = [this.#text('stdout'), this.stderr]
    const isMissing = NOT_STARTED.includes(status) && NOT_FOUND.test(`${stdout}${stderr}`)
    return { status, stdout, stderr, isMissing }
  }

  #keep(name: Name, chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes > MOST_BYTES) this.#tooMuch()
    else this.#chunks[name].push(chunk)
  }

  #text(name: Name): string {
    return Buffer.concat(this.#chunks[name]).toString('utf8')
  }
}
