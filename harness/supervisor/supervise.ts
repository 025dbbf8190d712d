/**
 * A process that only supervises the command, so it reacts to signals while the command computes.
 * It passes them on, and kills a command that does not acknowledge in time. It imports almost only
 * Node's own modules, so it starts fast.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants as files } from 'node:fs'
import { constants } from 'node:os'
import { Patience } from './patience.ts'

/** Set for the supervised command. */
export const SUPERVISED = 'NFTPROOF_SUPERVISED'
/**
 * The time limit for acknowledging a signal. A waiting process takes a few milliseconds
 * (patience.ts).
 */
export const PATIENCE_MS = 450
/**
 * A second signal after this time kills a command that had no processor time to acknowledge the
 * first.
 */
const SECOND_MS = 1000
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/**
 * Commands that catch signals, to print their results so far. Any other command ends by the signal
 * itself.
 */
const CATCHING = new Set(['diff', 'run'])
const NOT_PROVED = 3

/** From the supervisor: a signal came, with the number of signals so far. */
export interface Signalled {
  readonly signal: NodeJS.Signals
}

/**
 * From the command: it received a signal, or it has ended, with all output written and this exit
 * code.
 */
export type Heard = { readonly heard: true } | { readonly ended: number }

/**
 * Not where there is no setpriv, without which the command could outlive its
 * supervisor. A list is printed before a signal matters.
 */
export function canSupervise([command = '', ...words]: readonly string[]): boolean {
  if (process.env[SUPERVISED] !== undefined || process.platform !== 'linux') return false
  return CATCHING.has(command) && !words.includes('--list') && SETPRIV !== undefined
}

const SETPRIV = ['/usr/bin/setpriv', '/bin/setpriv', '/sbin/setpriv'].find((path) => {
  try {
    accessSync(path, files.X_OK)
    return true
  } catch {
    return false
  }
})

/** Starts the same command again as a child of this process. Returns its exit code. */
export function supervise(): Promise<number> {
  const own = [process.execPath, ...process.execArgv, ...process.argv.slice(1)]
  return new Watch(() =>
    spawn(SETPRIV!, ['--pdeathsig', 'KILL', ...own], {
      stdio: ['inherit', 'inherit', 'inherit', 'ipc'],
      env: { ...process.env, [SUPERVISED]: '1' },
    }),
  ).ended
}

class Watch {
  readonly ended: Promise<number>
  readonly #child: ChildProcess
  readonly #patience = new Patience(PATIENCE_MS, () => this.#kill())
  #again: NodeJS.Timeout | undefined
  #first: { readonly signal: NodeJS.Signals; readonly atMs: number } | undefined
  #wasHeard = false
  #isKilled = false
  /** The exit code of a command that has written all its output. */
  #code: number | undefined

  /** Signals are caught from the beginning, so that none is lost. */
  constructor(start: () => ChildProcess) {
    for (const name of SIGNALS) process.on(name, () => this.#pass(name))
    const child = start()
    this.#child = child
    child.on('message', (message) => this.#heard(message as Heard))
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (code, signal) => {
        clearTimeout(this.#again)
        this.#patience.end()
        resolve(this.#codeOf(code, signal))
      })
    })
  }

  #pass(signal: NodeJS.Signals): void {
    const first = this.#first
    this.#first ??= { signal, atMs: performance.now() }
    const message: Signalled = { signal }
    // A command that has already ended needs no signal.
    if (this.#child.connected) this.#child.send(message, () => {})
    if (first && !this.#wasHeard && performance.now() - first.atMs > SECOND_MS) this.#kill()
    else this.#wait()
  }

  #wait(): void {
    if (this.#child.pid !== undefined) this.#patience.begin(this.#child.pid)
  }

  #kill(): void {
    this.#isKilled = true
    this.#child.kill('SIGKILL')
  }

  /** It did not compute then, but may do so now, so it is asked again until it ends. */
  #heard(message: Heard): void {
    if ('ended' in message) {
      this.#code = message.ended
      // Freeing gigabytes piece by piece takes long. The kernel does it at once.
      if (this.#first !== undefined) this.#child.kill('SIGKILL')
      return
    }
    this.#wasHeard = true
    this.#patience.end()
    clearTimeout(this.#again)
    this.#again = setTimeout(() => {
      if (this.#child.connected) this.#child.send({ again: true }, () => {})
      this.#wait()
    }, AGAIN_MS)
  }

  #codeOf(code: number | null, signal: NodeJS.Signals | null): number {
    if (code !== null) return code
    if (this.#code !== undefined) return this.#code
    if (this.#isKilled) {
      const first = this.#first!.signal
      const kept = this.#wasHeard ? 'only the output above was kept' : 'no results were kept'
      say(`interrupted by ${first} during a computation: ${kept}`)
      return 128 + constants.signals[first]
    }
    if (signal !== null && signal === this.#first?.signal) return 128 + constants.signals[signal]
    if (isInterruption(signal!)) return 128 + constants.signals[signal!]
    say(`was killed by ${signal}: ${reasonOf(signal!)}`)
    return NOT_PROVED
  }
}

const AGAIN_MS = 100

const isInterruption = (signal: NodeJS.Signals): boolean =>
  (SIGNALS as readonly NodeJS.Signals[]).includes(signal)

/** The possible reason for such an end, and the remedy. */
function reasonOf(signal: NodeJS.Signals): string {
  if (signal === 'SIGABRT' || signal === 'SIGTRAP')
    return 'it needed more memory than Node allows: compare fewer paths at a time (--from, --to, --family), or raise the limit (NODE_OPTIONS=--max-old-space-size=8192)'
  if (signal === 'SIGKILL')
    return 'the system had no memory left, or another process killed it: compare fewer paths at a time (--from, --to, --family)'
  return 'this is a bug of Node or of a library'
}

function say(text: string): void {
  process.stderr.write(`nftproof: ${text}\n`)
}
