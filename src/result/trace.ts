/**
 * The path of one packet through hooks, chains and rules, as the kernel traced it, with the
 * position of each rule.
 */
import type { SourceLine } from '../firewall/firewall.ts'

/** One step of the kernel's trace (meta nftrace) for one packet. */
export interface TraceStep {
  /** Family of the table: `inet`, `ip` … */
  readonly family?: string
  /** The hook of the base chain in which the packet was. */
  readonly hook?: string
  readonly table: string
  readonly chain: string
  /** The rule as nft lists it. Absent for the policy of a chain. */
  readonly rule?: string
  /** The kernel's handle of the rule, unique within its table. */
  readonly handle?: number
  readonly verdict: string
}

export interface WalkStep extends TraceStep {
  /** The position of the rule, if the source text has it. */
  readonly at?: SourceLine
}

export interface Walk {
  /** The probe as text: `TCP SYN 203.0.113.10:40001 → 203.0.113.1:25`. */
  readonly probe: string
  readonly steps: readonly WalkStep[]
}

const TRANSLATES =
  /\b(?:dnat|snat|masquerade|redirect|tproxy|DNAT|SNAT|MASQUERADE|REDIRECT|TPROXY)\b/

/**
 * The deciding step, for a report that has space for one. A drop or a reject always decides. For a
 * packet that passed, the last rule that accepted it decides, or else a chain's policy. With
 * `translated`, the rule that translated it decides. Undefined if the trace is empty.
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
