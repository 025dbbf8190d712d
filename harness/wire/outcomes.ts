/**
 * Attempts → outcome. The table of outcomes seen from both ends, and what two
 * attempts together prove.
 */
import { FIREWALL } from '../../src/lab/lab.ts'
import type { Attempt, Outcome } from '../../src/result/outcome.ts'

/**
 * What one attempt shows. `answered`: whether this number has an answer at all;
 * an ICMP error, say, has none, and its arrival is all there is to see.
 */
export function outcomeOf({ target, sender }: Attempt, answered: boolean): Outcome {
  if (target === null) {
    if (sender === null) return { kind: 'dropped' }
    if (sender.kind === 'reply')
      return { kind: 'translated', change: 'answered, but not by the target', way: 'open' }
    return { kind: 'rejected', by: sender }
  }
  // The firewall's own kernel answers for a service that is not there: with a
  // reset or an error, which is as good an answer as any.
  const byHost = target.zone === FIREWALL && sender !== null
  const back = sender?.kind === 'reply' || byHost || (!answered && sender === null)
  const change = target.changed ?? (sender?.kind === 'reply' ? sender.from : undefined)
  if (change !== undefined) return { kind: 'translated', change, way: back ? 'open' : 'one-way' }
  return back ? { kind: 'open' } : { kind: 'one-way' }
}

/** Nothing came back to the sender: such a probe is sent a second time, whatever was expected of it. */
export function isSilent({ target, sender }: Attempt, answered: boolean): boolean {
  return sender === null && (answered || target === null)
}

/** Attempts without a loss that silence must have met before it is believed. */
const SILENCES_NEEDED = 2

/**
 * What all attempts together show. A lossy attempt's silence proves nothing; of
 * the others all must agree, and there must be two of them where all were silent.
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

/** Whether attempts on a silent number have proved its silence. */
export function isProved(lossless: number): boolean {
  return lossless >= SILENCES_NEEDED
}
