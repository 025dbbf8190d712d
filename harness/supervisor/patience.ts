/**
 * The time limit for an answer of the command. Only time in which it could have answered counts: on
 * a busy machine it may wait seconds for a processor, and a command that is killed loses its
 * results.
 */
import { readFileSync } from 'node:fs'

/**
 * The kernel's statistics of the command's main thread: proc(5), and
 * Documentation/scheduler/sched-stats.rst.
 */
export interface Look {
  readonly atMs: number
  /** `R`: it runs or waits for a processor. `T`: it is stopped. Other letters: it sleeps. */
  readonly state: string
  readonly ranMs: number
  /** Total time that it waited for a processor, without the present wait. */
  readonly queuedMs: number
}

const LOOK_EVERY_MS = 50
const NS_PER_MS = 1e6

/** Undefined if the kernel has no statistics. */
export function lookAt(pid: number): Look | undefined {
  const of = (name: string): string => readFileSync(`/proc/${pid}/task/${pid}/${name}`, 'latin1')
  try {
    const stat = of('stat')
    const state = stat[stat.lastIndexOf(')') + 2]!
    const [ran, queued] = of('schedstat').split(' ').map(Number)
    return {
      atMs: performance.now(),
      state,
      ranMs: ran! / NS_PER_MS,
      queuedMs: queued! / NS_PER_MS,
    }
  } catch {
    return undefined
  }
}

/** The time between two checks in which the thread could have answered, in milliseconds. */
export function usableMs(before: Look | undefined, after: Look | undefined): number {
  if (!before || !after) return LOOK_EVERY_MS
  // If the supervisor itself had no processor time, it knows nothing about that time.
  const passed = Math.min(after.atMs - before.atMs, 2 * LOOK_EVERY_MS)
  if (after.state === 'T' || after.state === 't') return 0
  const usable =
    after.state === 'R' ? after.ranMs - before.ranMs : passed - (after.queuedMs - before.queuedMs)
  return Math.min(passed, Math.max(0, usable))
}

/** What an unanswered signal has cost so far, in milliseconds. */
export interface Waited {
  readonly usableMs: number
  /** On the clock, except while the thread was stopped. */
  readonly clockMs: number
}

export const NOT_WAITED: Waited = { usableMs: 0, clockMs: 0 }

export function waitedAfter(
  waited: Waited,
  before: Look | undefined,
  after: Look | undefined,
): Waited {
  const isStopped = after?.state === 'T' || after?.state === 't'
  const passed = before && after ? after.atMs - before.atMs : LOOK_EVERY_MS
  return {
    usableMs: waited.usableMs + usableMs(before, after),
    clockMs: waited.clockMs + (isStopped ? 0 : passed),
  }
}

/**
 * The time to answer, if the thread has it to itself. A waiting process takes a few milliseconds.
 */
const USABLE_MS = 450
/** On the clock. With the end of the process, it stays below a second. */
const CLOCK_MS = 800
/** A thread that had this much time, and did not answer, is computing. */
const COMPUTING_MS = 50

/**
 * Whether the thread computes, and will not answer soon. On a busy machine a computing thread gets
 * little of `USABLE_MS` in a second, so there the clock decides too. A thread that had almost no
 * time never had the chance to answer.
 */
export const isLost = ({ usableMs, clockMs }: Waited): boolean =>
  usableMs >= USABLE_MS || (clockMs >= CLOCK_MS && usableMs >= COMPUTING_MS)

/** Waits for an answer of the process `pid`, and calls `lost` when there will be none (isLost). */
export class Patience {
  readonly #lost: () => void
  #timer: NodeJS.Timeout | undefined

  constructor(lost: () => void) {
    this.#lost = lost
  }

  /** Does nothing if it is already waiting. */
  begin(pid: number): void {
    if (!this.#timer) this.#waitOn(pid, lookAt(pid), NOT_WAITED)
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #waitOn(pid: number, before: Look | undefined, waited: Waited): void {
    const timer = setTimeout(() => {
      // The answer may already be there: timers run before messages.
      setImmediate(() => {
        if (this.#timer !== timer) return
        const now = lookAt(pid)
        const all = waitedAfter(waited, before, now)
        if (!isLost(all)) return this.#waitOn(pid, now, all)
        this.end()
        this.#lost()
      })
    }, LOOK_EVERY_MS)
    this.#timer = timer
  }
}
