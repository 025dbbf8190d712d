/** Which step of a walk decided: the one that a report names when there is room for one only. */
import type { ChangeKind } from './change.ts'
import type { Walk, WalkStep } from './diff.ts'

const TRANSLATES = /\b(?:dnat|snat|masquerade|redirect|tproxy)\b/

/**
 * A drop or a reject ends the walk, wherever it stands. Of what lets a packet
 * through, the last rule counts that accepted it, and a chain's policy where no
 * rule did. Undefined where nothing was traced.
 */
export function decidingStep({ steps }: Walk, kind: ChangeKind): WalkStep | undefined {
  const translating =
    kind === 'translated-otherwise'
      ? steps.findLast(({ rule }) => rule !== undefined && TRANSLATES.test(rule))
      : undefined
  const last = steps.at(-1)
  if (translating) return translating
  if (last && ends(last)) return last
  const accepting = steps.filter(
    ({ verdict }) => verdict === 'accept' || verdict === 'policy accept',
  )
  return accepting.findLast(({ rule }) => rule !== undefined) ?? accepting.at(-1) ?? last
}

function ends({ verdict }: WalkStep): boolean {
  return ['drop', 'policy drop', 'reject'].includes(verdict)
}
