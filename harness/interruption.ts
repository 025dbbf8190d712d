/** SIGINT, SIGTERM and SIGHUP: the first ends the run and keeps what is known, the second ends at once. */
import { constants } from 'node:os'

export interface Interruption {
  /** Aborted by the first signal. */
  readonly signal: AbortSignal
  /** 128 and the signal's number, as shells have it; undefined when none came. */
  exitCode(): number | undefined
  done(): void
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const

export function onInterruption(): Interruption {
  const controller = new AbortController()
  let code: number | undefined
  const onSignal = (name: NodeJS.Signals): void => {
    const exitCode = 128 + constants.signals[name]
    if (code !== undefined) process.exit(exitCode)
    code = exitCode
    controller.abort()
  }
  for (const name of SIGNALS) process.on(name, onSignal)
  return {
    signal: controller.signal,
    exitCode: () => code,
    done: () => {
      for (const name of SIGNALS) process.off(name, onSignal)
    },
  }
}
