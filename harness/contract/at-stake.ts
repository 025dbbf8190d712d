/**
 * From when on an end without warning would lose something: results, or what stands outside of the
 * sandbox. Until then, a supervisor ends the command at once (harness/supervisor/supervise.ts).
 */
import { EventEmitter } from 'node:events'

const AT_STAKE = 'at stake'
const stake = new EventEmitter()
let isAtStake = false

/** Called at the first result, and before something outside of the sandbox is opened. */
export function nowAtStake(): void {
  if (isAtStake) return
  isAtStake = true
  stake.emit(AT_STAKE)
}

/** Calls `tell` once, at that moment. */
export function whenAtStake(tell: () => void): void {
  stake.once(AT_STAKE, tell)
}
