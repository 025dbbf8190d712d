/** The kernel's walk of one packet through hooks, chains and rules, with the place of each rule. */
import type { Place } from '../firewall/firewall.ts'
import type { TraceStep } from './result.ts'

export interface WalkStep extends TraceStep {
  /** Where the rule stands, where the text tells it. */
  readonly at?: Place
}

export interface Walk {
  /** The probe in words: `TCP SYN 203.0.113.10:40001 → 203.0.113.1:25`. */
  readonly probe: string
  readonly steps: readonly WalkStep[]
}

/** What a probe carries beyond its number; absent: the ordinary thing. Lengths in bytes of the whole IP packet. */
export interface Shape {
  readonly source: string
  readonly target: string
  readonly sourcePort?: number
  readonly length?: number
  readonly ttl?: number
  readonly mark?: number
  /** TCP flags (bits as in RFC 9293 §3.1) of what is no SYN. */
  readonly flags?: number
  /** Differentiated services code point (RFC 2474), 0–63. */
  readonly dscp?: number
  /** Code of an ICMP or ICMPv6 message, 0–255. */
  readonly code?: number
}

const TRANSLATES =
  /\b(?:dnat|snat|masquerade|redirect|tproxy|DNAT|SNAT|MASQUERADE|REDIRECT|TPROXY)\b/

/**
 * The step that decided: the one that a report names when there is room for one
 * only. A drop or a reject ends the walk, wherever it stands. Of what lets a
 * packet through the last rule counts that accepted it, and a chain's policy
 * where no rule did; where `translated`, the rule that translated it. Undefined
 * where nothing was traced.
 */
export function decidingStep({ steps }: Walk, translated = false): WalkStep | undefined {
  const last = steps.at(-1)
  if (last && ends(last)) return last
  const translating = translated
    ? steps.findLast(({ rule }) => rule !== undefined && TRANSLATES.test(rule))
    : undefined
  if (translating) return translating
  const accepting = steps.filter(
    ({ verdict }) => verdict === 'accept' || verdict === 'policy accept',
  )
  return accepting.findLast(({ rule }) => rule !== undefined) ?? accepting.at(-1) ?? last
}

function ends({ verdict }: WalkStep): boolean {
  return ['drop', 'policy drop', 'reject'].includes(verdict)
}
