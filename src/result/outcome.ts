/** What became of a probe, seen from both ends. */

/** What the target's end saw: the probe as sent, or changed on the way (NAT). */
export interface Sighting {
  /** Zone on whose link it arrived. */
  readonly zone: string
  /** What arrived otherwise than sent, `old → new`, e.g. `port 25 → 8025`; absent when nothing did. */
  readonly changed?: string
}

/** What the sender's end got. */
export type Answer =
  /** The target's answer: SYN-ACK, the UDP or ICMP echo. `from` only where it was not the probed address. */
  | { readonly kind: 'reply'; readonly from?: string }
  /** A TCP reset (RFC 9293 §3.10.7). */
  | { readonly kind: 'reset'; readonly from: string }
  /** An ICMP or ICMPv6 error quoting the probe (RFC 792, RFC 4443); `from` is who sent it. */
  | { readonly kind: 'icmp'; readonly type: number; readonly code: number; readonly from: string }

/** One probe: both ends' view. Null: that end saw nothing. */
export interface Attempt {
  readonly target: Sighting | null
  readonly sender: Answer | null
  /** True when kernel counters moved while this attempt was made, so that its silence proves nothing. */
  readonly lossy?: true
}

export type Rejection = Exclude<Answer, { kind: 'reply' }>

export type Outcome =
  | { readonly kind: 'open' }
  | { readonly kind: 'one-way' }
  | { readonly kind: 'rejected'; readonly by: Rejection }
  | { readonly kind: 'dropped' }
  /** Arrived changed, or was answered without having arrived at the target. `way`: did the reply come back? */
  | { readonly kind: 'translated'; readonly change: string; readonly way: 'open' | 'one-way' }
  /** Attempts disagree although nothing was lost. */
  | { readonly kind: 'unsteady' }
  | { readonly kind: 'inconclusive'; readonly reason: string }

export interface Observation {
  readonly outcome: Outcome
  /** Every attempt in the order made: one where the first was answered, two where it was silent. */
  readonly attempts: readonly Attempt[]
}
