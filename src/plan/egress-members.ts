/** Members of an equivalence class under a given ruleset, which may tell them apart. */
import type { RuleFacts } from '../nft/facts.ts'
import type { PlannedSweep } from './planned-sweep.ts'
import { tellingNumbers } from './sweep.ts'

/**
 * Projects with the same grants are equal to the policy, not to rules that were not compiled from
 * it. So every member is also probed at all that the rules compare with, and in full where a
 * comparison was not understood.
 */
export function withConstants(sweep: PlannedSweep, facts: RuleFacts): PlannedSweep {
  if (sweep.detail === 'all') return sweep
  const { asked, numbers } = sweep
  const isCertain = facts.opaque.length === 0
  return {
    ...sweep,
    numbers: isCertain ? numbers.union(tellingNumbers(facts, sweep)).intersect(asked) : asked,
  }
}
