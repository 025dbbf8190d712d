/** The counterpart of the supervisor (supervise.ts) in the supervised command. */
import { constants } from 'node:os'
import { whenAtStake } from '../contract/at-stake.ts'
import type { Heard, Signalled } from './supervise.ts'
import { SUPERVISED } from './watched.ts'

/** Signals that are passed on. Other signals of a terminal reach every process directly. */
export const passedOn = new EventTarget()

/** Does nothing if the command is not supervised. */
export function obeySupervisor(): void {
  if (process.env[SUPERVISED] === undefined) return
  // Processes that the command starts are not supervised.
  delete process.env[SUPERVISED]
  if (!process.send) return
  // Without a supervisor, no process would end it.
  process.on('disconnect', () => process.exit(NOT_PROVED))
  process.on('message', (message) => obey(message as Signalled | { again: true }))
  process.channel?.unref()
  whenAtStake(() => {
    const atStake: Heard = { atStake: true }
    if (process.connected) process.send?.(atStake, () => {})
  })
  // Called last: all output to files, pipes and terminals is written.
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
  // A signal handler may have received this one directly, and must not count it twice.
  const isCaught = !passedOn.dispatchEvent(new Event(signal, { cancelable: true }))
  if (isCaught) return
  if (process.listenerCount(signal) > 0) process.emit(signal, signal)
  else process.exit(128 + constants.signals[signal])
}
