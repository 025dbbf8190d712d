/** One rule of a loaded ruleset. */

import type { RulePlace } from './facts.ts'
import type { Json } from './json.ts'

export interface Rule {
  readonly where: RulePlace
  /** As nft's JSON has them; what it does not tell of xtables' parts is told by the listing. */
  readonly statements: readonly Json[]
  /** Those of the JSON alone, where the listing added to them. */
  readonly listed?: readonly Json[]
}
