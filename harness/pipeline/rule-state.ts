/** Rules that were not compiled here: what they may remember of probes, and how they forget it. */
import { portClasses } from '../../src/analysis/equivalence-classes.ts'
import { withKernelGroups } from '../../src/analysis/kernel-groups.ts'
import { repetitionsOf } from '../../src/analysis/repetitions.ts'
import type { RuleFacts } from '../../src/nft/facts.ts'
import type { PlannedSweep } from '../../src/plan/egress.ts'
import type { MeasureSpec } from './stateful-sweep.ts'

export interface LoadedRules {
  readonly facts: RuleFacts
  /** Loads them anew; rules that were there before the lab cannot be, and forget nothing. */
  readonly reload: () => Promise<void>
}

/** How a sweep is to be made through them; absent: rules that remember nothing. */
export function stateSettings(
  rules: LoadedRules | undefined,
  { protocol, family }: PlannedSweep,
): Pick<MeasureSpec, 'classes' | 'repetitions'> {
  if (!rules) return { classes: [], repetitions: 0 }
  const facts = [rules.facts]
  return {
    classes: withKernelGroups(portClasses(facts, { family, protocol }), protocol, family),
    repetitions: repetitionsOf(facts, { protocol, family, level: 'ordinary' }),
  }
}
