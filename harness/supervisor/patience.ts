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

/** Waits for an answer of the process `pid`, and calls `lost` after it had `limitMs` to answer. */
export class Patience {
  readonly #limitMs: number
  readonly #lost: () => void
  #timer: NodeJS.Timeout | undefined
  #leftMs = 0

  constructor(limitMs: number, lost: () => void) {
    this.#limitMs = limitMs
    this.#lost = lost
  }

  /** Does nothing if it is already waiting. */
  begin(pid: number): void {
    if (this.#timer) return
    this.#leftMs = this.#limitMs
    this.#waitOn(pid, lookAt(pid))
  }

  end(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #waitOn(pid: number, before: Look | undefined): void {
    const timer = setTimeout(() => {
      // The answer may already be there: timers run before messages.
      setImmediate(() => {
        if (this.#timer !== timer) return
        const now = lookAt(pid)
        this.#leftMs -= usableMs(before, now)
        if (this.#leftMs > 0) return this.#waitOn(pid, now)
        this.end()
        this.#lost()
      })
    }, LOOK_EVERY_MS)
    this.#timer = timer
  }
}
