/** The text of a scenario, and how it is called. */

import type { Names } from './names.ts'

/** The text of a scenario, and how it is called. */
export interface ScenarioText {
  readonly file: string
  readonly text: string
  readonly id: string
  readonly argument: string
  readonly names: Names
}
