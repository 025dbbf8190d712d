/** The outcome of a probe, as both ends saw it. */

/** The probe as the target's end received it: as sent, or as NAT changed it. */
export interface Sighting {
  /** The zone of the link on which it arrived. */
  readonly zone: string
  /**
   * Fields that changed on the way, `old → new`, e.g. `port 25 → 8025`. Absent if nothing changed.
   */
  readonly changed?: string
}

/** The answer as the sender's end received it. */
export type Answer =
  /**
   * The target's answer: SYN-ACK, or the UDP or ICMP echo. `from` is present if it is not the
   * probed address.
   */
  | { readonly kind: 'reply'; readonly from?: string }
  /** A TCP reset (RFC 9293 §3.10.7). */
  | { readonly kind: 'reset'; readonly from: string }
  /**
   * An ICMP or ICMPv6 error that quotes the probe (RFC 792, RFC 4443). `from` is the sender of the
   * error.
   */
  | { readonly kind: 'icmp'; readonly type: number; readonly code: number; readonly from: string }

/** One probe as both ends saw it. Null: that end saw nothing. */
export interface Attempt {
  readonly target: Sighting | null
  readonly sender: Answer | null
  /** True if kernel counters show a loss during this attempt: its silence then proves nothing. */
  readonly lossy?: true
}

export type Rejection = Exclude<Answer, { kind: 'reply' }>

export type Outcome =
  | { readonly kind: 'open' }
  | { readonly kind: 'one-way' }
  | { readonly kind: 'rejected'; readonly by: Rejection }
  | { readonly kind: 'dropped' }
  /**
   * The probe arrived changed, or got an answer without arriving at the target. `way`: whether the
   * answer came back.
   */
  | { readonly kind: 'translated'; readonly change: string; readonly way: 'open' | 'one-way' }
  /** Attempts disagree although no frame was lost. */
  | { readonly kind: 'unsteady' }
  | { readonly kind: 'inconclusive'; readonly reason: string }

export interface Observation {
  readonly outcome: Outcome
  /** All attempts in order: one if the first was answered, at least two after a silent one. */
  readonly attempts: readonly Attempt[]
  /** For an unsteady outcome: an observation of each outcome that occurred. */
  readonly among?: readonly Observation[]
}

/**
 * How far a probe gets: its answer comes back, it arrives, or it does not arrive. `unsteady`,
 * `unknown`: nothing can be said.
 */
export type Delivery = 'there-and-back' | 'there' | 'blocked' | 'unsteady' | 'unknown'

export function deliveryOf(outcome: Outcome): Delivery {
  switch (outcome.kind) {
    case 'open':
      return 'there-and-back'
    case 'one-way':
      return 'there'
    case 'translated':
      return outcome.way === 'open' ? 'there-and-back' : 'there'
    case 'rejected':
    case 'dropped':
      return 'blocked'
    case 'unsteady':
      return 'unsteady'
    case 'inconclusive':
      return 'unknown'
    default:
      throw new Error(`unknown outcome ${outcome satisfies never}`)
  }
}

/** Neither open nor blocked. */
export const isDoubtful = (outcome: Outcome): boolean =>
  ['unsteady', 'unknown'].includes(deliveryOf(outcome))
