/** The lab of a comparison or a scenario, and how it was chosen. */

import type { LabPlan } from '../../src/lab/lab.ts'

export interface ChosenLab {
  readonly plan: LabPlan
  /** The reasons for the choice, one sentence for each decision. */
  readonly reasons: readonly string[]
  /** The choices about zones that no rule names. */
  readonly assumed?: readonly string[]
  /** Remarks about the lab, for the reader of the result. */
  readonly remarks?: readonly string[]
}
