/**
 * Attempts → outcome: the table of outcomes seen from both ends, and the rules for several
 * attempts.
 */
import { FIREWALL } from '../../src/lab/lab.ts'
import type { Attempt, Observation, Outcome } from '../../src/result/outcome.ts'

/**
 * The outcome of one attempt. `answered`: whether this number has an answer. An ICMP error, for
 * example, has none, so only its arrival counts.
 */
export function outcomeOf({ target, sender }: Attempt, answered: boolean): Outcome {
  if (target === null) {
    if (sender === null) return { kind: 'dropped' }
    if (sender.kind === 'reply')
      return { kind: 'translated', change: 'answered, but not by the target', way: 'open' }
    return { kind: 'rejected', by: sender }
  }
  // The firewall's own kernel answers for a closed port with a reset or an error, which is a valid
  // answer too.
  const byHost = target.zone === FIREWALL && sender !== null
  const back = sender?.kind === 'reply' || byHost || (!answered && sender === null)
  const change = target.changed ?? (sender?.kind === 'reply' ? sender.from : undefined)
  if (change !== undefined) return { kind: 'translated', change, way: back ? 'open' : 'one-way' }
  return back ? { kind: 'open' } : { kind: 'one-way' }
}

/** The sender got nothing. Such a probe is sent a second time, whatever the expectation is. */
export function isSilent({ target, sender }: Attempt, answered: boolean): boolean {
  return sender === null && (answered || target === null)
}

/** This many attempts without a loss must be silent before silence counts. */
const SILENCES_NEEDED = 2

/**
 * The outcome of all attempts. Silence in a lossy attempt proves nothing. All other attempts must
 * agree, and a silent outcome needs two of them.
 */
export function judgedOutcome(attempts: readonly Attempt[], answered: boolean): Outcome {
  const telling = attempts.filter((a) => !a.lossy || !isSilent(a, answered))
  const [first, ...others] = telling.map((a) => outcomeOf(a, answered))
  const heard = telling.some((a) => !isSilent(a, answered))
  if (first === undefined || (!heard && telling.length < SILENCES_NEEDED))
    return {
      kind: 'inconclusive',
      reason: `no answer, and frames were lost in ${attempts.length - telling.length} of ${attempts.length} attempts`,
    }
  const key = JSON.stringify(first)
  return others.every((other) => JSON.stringify(other) === key) ? first : { kind: 'unsteady' }
}

/** The outcome of all attempts, and of an unsteady one each outcome that occurred. */
export function judgedObservation(attempts: readonly Attempt[], answered: boolean): Observation {
  const outcome = judgedOutcome(attempts, answered)
  if (outcome.kind !== 'unsteady') return { outcome, attempts }
  const telling = attempts.filter((one) => !one.lossy || !isSilent(one, answered))
  const each = telling.map((one) => ({ outcome: outcomeOf(one, answered), attempts: [one] }))
  const among = new Map(each.map((one) => [JSON.stringify(one.outcome), one]))
  return { outcome, attempts, among: [...among.values()] }
}

/** Whether attempts on a silent number have proved its silence. */
export function isProved(lossless: number): boolean {
  return lossless >= SILENCES_NEEDED
}
