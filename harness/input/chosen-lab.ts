/** The lab of a comparison or a scenario, and how it was chosen. */

import type { LabPlan } from '../../src/lab/lab.ts'

export interface ChosenLab {
  readonly plan: LabPlan
  /** How it was chosen, a sentence each. */
  readonly reasons: readonly string[]
  /** Those of them that are about a zone besides the ones that rules name. */
  readonly assumed?: readonly string[]
  /** What a reader of the result should know of it. */
  readonly remarks?: readonly string[]
}
