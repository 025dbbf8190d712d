/** Rules that were not compiled here: what they may remember of probes, and how they forget it. */
import { portClasses } from '../../src/analysis/equivalence-classes.ts'
import { withKernelGroups } from '../../src/analysis/kernel-groups.ts'
import { repeatsOf } from '../../src/analysis/repetitions.ts'
import type { Facts } from '../../src/nft/facts.ts'
import type { PlannedSweep } from '../../src/plan/egress.ts'
import type { SurveySpec } from './stateful-sweep.ts'

export interface Given {
  readonly facts: Facts
  /** Loads them anew; rules that were there before the lab cannot be, and forget nothing. */
  readonly reload: () => Promise<void>
}

/** How a sweep is to be made through them; absent: rules that remember nothing. */
export function memoryOf(
  given: Given | undefined,
  { protocol, family }: PlannedSweep,
): Pick<SurveySpec, 'classes' | 'repeats'> {
  if (!given) return { classes: [], repeats: 0 }
  const facts = [given.facts]
  return {
    classes: withKernelGroups(portClasses(facts, { family, protocol }), protocol, family),
    repeats: repeatsOf(facts, { protocol, family, level: 'ordinary' }),
  }
}
