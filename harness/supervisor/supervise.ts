/**
 * A process that only supervises the command, so it reacts to signals while the command computes.
 * It passes them on, and kills a command that does not acknowledge in time. It imports almost only
 * Node's own modules, so it starts fast.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { isInterruption, reasonOf } from './killed.ts'
import { Patience } from './patience.ts'
import { CATCHING, SETPRIV, SUPERVISED } from './watched.ts'

/**
 * The time to acknowledge a signal before anything is at stake (harness/contract/at-stake.ts). It
 * is elapsed time, also on a busy machine.
 */
const UNHEARD_MS = 250
/** The same, until the end of a command that acknowledged it. */
const UNENDED_MS = 700
/**
 * A second signal after this time kills a command that had no processor time to acknowledge the
 * first.
 */
const SECOND_MS = 1000
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
const [COMMAND = ''] = process.argv.slice(2)
const NOT_PROVED = 3

/** From the supervisor: a signal came, with the number of signals so far. */
export interface Signalled {
  readonly signal: NodeJS.Signals
}

/**
 * From the command: from now on there is something to lose; it received a signal; or it has ended,
 * with all output written and this exit code.
 */
export type Heard =
  | { readonly atStake: true }
  | { readonly heard: true }
  | { readonly ended: number }

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
  #end!: (code: number | null, signal: NodeJS.Signals | null) => void
  readonly #patience = new Patience(() => this.#kill())
  #again: NodeJS.Timeout | undefined
  #first: { readonly signal: NodeJS.Signals; readonly atMs: number } | undefined
  #isAtStake = false
  #deadline: NodeJS.Timeout | undefined
  #wasHeard = false
  #isKilled = false
  /** The exit code of a command that has written all its output. */
  #code: number | undefined

  /** Signals are caught from the beginning, so that none is lost. */
  constructor(start: () => ChildProcess) {
    if (CATCHING.has(COMMAND)) for (const name of SIGNALS) process.on(name, () => this.#pass(name))
    const child = start()
    this.#child = child
    child.on('message', (message) => this.#heard(message as Heard))
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject)
      this.#end = (code, signal) => {
        clearTimeout(this.#again)
        this.#forgetDeadline()
        this.#patience.end()
        resolve(this.#codeOf(code, signal))
      }
      child.on('close', this.#end)
    })
  }

  #pass(signal: NodeJS.Signals): void {
    const first = this.#first
    this.#first ??= { signal, atMs: performance.now() }
    const message: Signalled = { signal }
    // A command that has already ended needs no signal.
    if (this.#child.connected) this.#child.send(message, () => {})
    if (first && !this.#wasHeard && performance.now() - first.atMs > SECOND_MS) this.#kill()
    else if (this.#isAtStake) this.#wait()
    else if (!first) this.#endWithin(UNHEARD_MS)
  }

  /** Nothing would be lost. The clock decides, so a busy machine delays nothing. */
  #endWithin(ms: number): void {
    this.#forgetDeadline()
    const deadline = setTimeout(() => {
      // The answer may already be there: timers run before messages.
      setImmediate(() => {
        if (this.#deadline === deadline) this.#kill()
      })
    }, ms)
    this.#deadline = deadline
  }

  #forgetDeadline(): void {
    clearTimeout(this.#deadline)
    this.#deadline = undefined
  }

  #stake(): void {
    this.#isAtStake = true
    this.#forgetDeadline()
    if (this.#first) this.#wait()
  }

  #wait(): void {
    if (this.#child.pid !== undefined) this.#patience.begin(this.#child.pid)
  }

  #kill(): void {
    this.#isKilled = true
    this.#leave()
  }

  /** Not waited for: the kernel takes long to take back gigabytes of memory, and nothing more is said meanwhile. */
  #leave(): void {
    this.#child.off('close', this.#end)
    this.#child.kill('SIGKILL')
    if (this.#child.connected) this.#child.disconnect()
    this.#child.unref()
    this.#end(null, 'SIGKILL')
  }

  #heard(message: Heard): void {
    if ('atStake' in message) this.#stake()
    else if ('heard' in message) this.#acknowledge()
    else {
      this.#code = message.ended
      if (this.#first !== undefined) this.#leave()
    }
  }

  /** It did not compute then, but may do so now, so it is asked again until it ends. */
  #acknowledge(): void {
    const isFirst = !this.#wasHeard
    this.#wasHeard = true
    this.#patience.end()
    if (!this.#isAtStake) {
      if (isFirst) this.#endWithin(UNENDED_MS)
      return
    }
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
      say(
        this.#isAtStake
          ? `interrupted by ${first} during a computation: ${kept}`
          : `interrupted by ${first} before anything was measured`,
      )
      return 128 + constants.signals[first]
    }
    if (signal !== null && signal === this.#first?.signal) return 128 + constants.signals[signal]
    if (isInterruption(signal!)) return 128 + constants.signals[signal!]
    say(`was killed by ${signal}: ${reasonOf(signal!, COMMAND)}`)
    return NOT_PROVED
  }
}

const AGAIN_MS = 100

function say(text: string): void {
  process.stderr.write(`nftproof: ${text}\n`)
}
