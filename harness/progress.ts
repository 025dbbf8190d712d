/** One line on a terminal while a run goes on; nothing at all in a pipe. */
import type { RunEvent } from './run-contract.ts'

export interface Progress {
  show(event: RunEvent): void
  /** Removes the line, so that something else can be printed. */
  clear(): void
  stop(): void
}

const CLEAR_LINE = '\r\u001b[2K' // ECMA-48 EL

export function startProgress(stream: NodeJS.WriteStream = process.stderr): Progress | undefined {
  if (!stream.isTTY || process.env.TERM === 'dumb') return undefined
  const running = new Map<string, { done: number; sweeps: number }>()
  const clear = (): void => void stream.write(CLEAR_LINE)
  const draw = (): void => {
    const parts = [...running].map(([id, { done, sweeps }]) => `${id} ${done}/${sweeps}`)
    stream.write(
      `${CLEAR_LINE}${` sweeping ${parts.join(', ')}`.slice(0, (stream.columns ?? 80) - 1)}`,
    )
  }
  return {
    clear,
    stop: clear,
    show(event) {
      if (event.kind === 'started') running.set(event.scenario, { done: 0, sweeps: event.sweeps })
      else if (event.kind === 'done') running.delete(event.result.id)
      else {
        const scenario = running.get(event.scenario)
        if (scenario && event.kind === 'planned') scenario.sweeps += event.sweeps
        else if (scenario) scenario.done++
      }
      if (running.size > 0) draw()
      else clear()
    },
  }
}
