/** The other end of the supervisor (supervise.ts), in the command that it watches over. */
import { constants } from 'node:os'
import { type Heard, type Signalled, SUPERVISED } from './supervise.ts'

/** Signals that were passed on; others reach every process of the terminal by themselves. */
export const passedOn = new EventTarget()

/** Nothing where the command is not watched over. */
export function obeySupervisor(): void {
  if (process.env[SUPERVISED] === undefined) return
  // What the command starts is watched over by nobody.
  delete process.env[SUPERVISED]
  if (!process.send) return
  // Without a supervisor nothing would end it.
  process.on('disconnect', () => process.exit(NOT_PROVED))
  process.on('message', (message) => obey(message as Signalled | { again: true }))
  process.channel?.unref()
  // The last of all: what is written to files, pipes and terminals is written by then.
  process.on('exit', () => {
    const ended: Heard = { ended: Number(process.exitCode ?? 0) }
    if (process.connected) process.send?.(ended, () => {})
  })
}

const NOT_PROVED = 3

function obey(message: Signalled | { readonly again: true }): void {
  const heard: Heard = { heard: true }
  process.send?.(heard, () => {})
  if (!('signal' in message)) return
  const { signal } = message
  // Who catches signals may have got this one already, and must not count it twice.
  const isCaught = !passedOn.dispatchEvent(new Event(signal, { cancelable: true }))
  if (isCaught) return
  if (process.listenerCount(signal) > 0) process.emit(signal, signal)
  else process.exit(128 + constants.signals[signal])
}
