/** Progress: one line on a terminal during a run, and nothing in a pipe. */
import { redraw } from '../output/console.ts'
import type { RunEvent } from './contract.ts'

export interface Progress {
  show(event: RunEvent): void
  /** Removes the line before other output. */
  clear(): void
  stop(): void
}

export function startProgress(stream: NodeJS.WriteStream = process.stderr): Progress | undefined {
  if (!stream.isTTY || process.env.TERM === 'dumb') return undefined
  const running = new Map<string, { done: number; sweeps: number }>()
  const clear = (): void => redraw(stream, '')
  const draw = (): void => {
    const parts = [...running].map(([id, { done, sweeps }]) => `${id} ${done}/${sweeps}`)
    redraw(stream, ` sweeping ${parts.join(', ')}`)
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
