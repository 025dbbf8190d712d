/** The lab of a comparison or a scenario, and how it was chosen. */

import type { LabPlan } from '../../src/lab/lab.ts'

export interface ChosenLab {
  readonly plan: LabPlan
  /** How it was chosen, one sentence for each decision. */
  readonly reasons: readonly string[]
  /** The choices about zones that no rule names. */
  readonly assumed?: readonly string[]
  /** What a reader of the result should know of it. */
  readonly remarks?: readonly string[]
}
