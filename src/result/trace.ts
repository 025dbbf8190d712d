/** The kernel's walk of one packet through hooks, chains and rules, with the place of each rule. */
import type { SourceLine } from '../firewall/firewall.ts'

/** One step of the kernel's own walk (meta nftrace) for one packet. */
export interface TraceStep {
  /** Family of the table: `inet`, `ip` … */
  readonly family?: string
  /** Hook whose base chain the packet was in. */
  readonly hook?: string
  readonly table: string
  readonly chain: string
  /** Text of the rule as nft lists it; absent for a chain's policy. */
  readonly rule?: string
  /** The kernel's number of the rule within its table. */
  readonly handle?: number
  readonly verdict: string
}

export interface WalkStep extends TraceStep {
  /** Where the rule stands, where the text tells it. */
  readonly at?: SourceLine
}

export interface Walk {
  /** The probe in words: `TCP SYN 203.0.113.10:40001 → 203.0.113.1:25`. */
  readonly probe: string
  readonly steps: readonly WalkStep[]
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
