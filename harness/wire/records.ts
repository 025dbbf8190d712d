/**
 * What both ends saw of every number in every attempt, as small codes in typed arrays: most of
 * 65,536 observations are equal, so each distinct one is stored once.
 */

import type { Range } from '../../src/net/port-set.ts'
import type { RangeMap } from '../../src/net/range-map.ts'
import type { Answer, Attempt, Observation, Sighting } from '../../src/result/outcome.ts'
import { judgedObservation } from './outcomes.ts'

const NOTHING = 0

/** Distinct values, each with a code. Code 0 means none. */
class Interned<T> {
  readonly #codes = new Map<string, number>()
  readonly #values: (T | null)[] = [null]

  code(value: T): number {
    const key = JSON.stringify(value)
    const known = this.#codes.get(key)
    if (known !== undefined) return known
    this.#codes.set(key, this.#values.length)
    return this.#values.push(value) - 1
  }

  value(code: number): T | null {
    return this.#values[code] ?? null
  }
}

interface Codes {
  readonly sent: Uint8Array
  /** 32 bits, because every number may have arrived differently. */
  readonly target: Uint32Array
  readonly sender: Uint32Array
  lossy: boolean
}

/**
 * Arrays of earlier sweeps in this thread, with nothing in them. A sweep of few numbers would
 * otherwise take longer to get its arrays than to send its probes.
 */
const spare: Codes[] = []
const MOST_SPARE = 4

/** All ports, so that every sweep can use the arrays of every other one. */
const USUAL = 65_536

function freshCodes(least: number): Codes {
  const size = Math.max(least, USUAL)
  const known = spare.findIndex(({ sent }) => sent.length >= size)
  if (known >= 0) return { ...spare.splice(known, 1)[0]!, lossy: false }
  return {
    sent: new Uint8Array(size),
    target: new Uint32Array(size),
    sender: new Uint32Array(size),
    lossy: false,
  }
}

export class Records {
  readonly #attempts: Codes[] = []
  readonly #sightings = new Interned<Sighting>()
  readonly #answers = new Interned<Answer>()
  /** Codes of the most frequent observations, so the hot path creates no objects. */
  readonly asSent: number
  readonly reply: number

  readonly #size: number

  /** For numbers up to `last`. */
  constructor(targetZone: string, last: number) {
    this.#size = last + 1
    this.asSent = this.#sightings.code({ zone: targetZone })
    this.reply = this.#answers.code({ kind: 'reply' })
  }

  beginAttempt(): void {
    this.#attempts.push(freshCodes(this.#size))
  }

  /** Empties the arrays of these numbers, which are all that were sent, for later sweeps. */
  close(numbers: readonly Range[]): void {
    for (const codes of this.#attempts.splice(0)) {
      if (spare.length >= MOST_SPARE) return
      for (const { from, to } of numbers)
        for (const array of [codes.sent, codes.target, codes.sender]) array.fill(0, from, to + 1)
      spare.push(codes)
    }
  }

  markLossy(): void {
    this.#attempts.at(-1)!.lossy = true
  }

  sent(number: number): void {
    this.#attempts.at(-1)!.sent[number] = 1
  }

  /** Attempts count from 0. The first arrival of a probe counts. */
  sawCode(attempt: number, number: number, code: number): void {
    const codes = this.#attempts[attempt]
    if (codes?.sent[number] && codes.target[number] === NOTHING) codes.target[number] = code
  }

  saw(attempt: number, number: number, sighting: Sighting): void {
    this.sawCode(attempt, number, this.#sightings.code(sighting))
  }

  /** The first answer counts, but a reply of the target replaces an earlier error. */
  gotCode(attempt: number, number: number, code: number): void {
    const codes = this.#attempts[attempt]
    if (!codes?.sent[number]) return
    if (codes.sender[number] === NOTHING || code === this.reply) codes.sender[number] = code
  }

  got(attempt: number, number: number, answer: Answer): void {
    this.gotCode(attempt, number, this.#answers.code(answer))
  }

  /**
   * True if the latest attempt on `number` brought the sender nothing (and, for a number without an
   * answer, did not reach the target).
   */
  isSilent(number: number, answered: boolean): boolean {
    const codes = this.#attempts.at(-1)!
    return codes.sender[number] === NOTHING && (answered || codes.target[number] === NOTHING)
  }

  /** Every probed number, with equal neighbours merged. */
  observations(
    numbers: readonly Range[],
    isAnswered: (number: number) => boolean,
  ): RangeMap<Observation> {
    const spans: { from: number; to: number; value: Observation }[] = []
    let answered = true
    for (const { from, to } of numbers)
      for (let n = from; n <= to; n++) {
        const last = spans.at(-1)
        const before: boolean = answered
        answered = isAnswered(n)
        if (last?.to === n - 1 && answered === before && this.#alike(n, n - 1)) last.to = n
        else spans.push({ from: n, to: n, value: this.#observation(n, answered) })
      }
    return spans
  }

  #alike(n: number, m: number): boolean {
    return this.#attempts.every(
      ({ sent, target, sender }) =>
        sent[n] === sent[m] && target[n] === target[m] && sender[n] === sender[m],
    )
  }

  #observation(n: number, answered: boolean): Observation {
    const attempts: Attempt[] = []
    for (const codes of this.#attempts) {
      if (!codes.sent[n]) continue
      attempts.push({
        target: this.#sightings.value(codes.target[n]!),
        sender: this.#answers.value(codes.sender[n]!),
        ...(codes.lossy ? { lossy: true as const } : {}),
      })
    }
    return judgedObservation(attempts, answered)
  }
}
