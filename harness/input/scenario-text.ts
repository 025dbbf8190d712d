/** The text of a scenario with its names. */

import type { Names } from './names.ts'

/** The text of a scenario with its names. */
export interface ScenarioText {
  readonly file: string
  readonly text: string
  readonly id: string
  readonly argument: string
  readonly names: Names
}
