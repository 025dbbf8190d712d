/**
 * SIGINT, SIGTERM and SIGHUP: the first one ends the run and keeps the results so far, the second
 * one ends it at once.
 */
import { constants } from 'node:os'
import { warn } from '../output/console.ts'
import { passedOn } from './supervised.ts'

export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal
  /** 128 plus the signal number, as in shells. Undefined without a signal. */
  exitCode(): number | undefined
  done(): void
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export function onInterruption(): Interruption {
  const controller = new AbortController()
  let code: number | undefined
  const counter = () => {
    let count = 0
    return (name: NodeJS.Signals): void => {
      const exitCode = 128 + constants.signals[name]
      // Ctrl-C reaches the command and its supervisor, which passes it on. Both count as one.
      if (++count > 1) process.exit(exitCode)
      code ??= exitCode
      controller.abort()
    }
  }
  const onSignal = counter()
  const onOthers = counter()
  const onPassed = (event: Event): void => {
    event.preventDefault()
    onOthers(event.type as NodeJS.Signals)
  }
  for (const name of SIGNALS) {
    process.on(name, onSignal)
    passedOn.addEventListener(name, onPassed)
  }
  return {
    signal: controller.signal,
    exitCode: () => code,
    done: () => {
      for (const name of SIGNALS) {
        process.off(name, onSignal)
        passedOn.removeEventListener(name, onPassed)
      }
    },
  }
}

/** Undefined if the work fails because of an interruption, which is not an error. */
export async function unlessInterrupted<T>(
  interruption: Interruption,
  work: () => Promise<T>,
): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (interruption.exitCode() === undefined) throw error
    warn('interrupted before anything was measured')
    return undefined
  }
}
