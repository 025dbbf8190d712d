/** One rule of a loaded ruleset. */

import type { RulePlace } from './facts.ts'
import type { Json } from './json.ts'

/** A chain, identified by the table's family and name and its own name. */
export const chainKey = (
  { family, table }: Pick<RulePlace, 'family' | 'table'>,
  chain: string,
): string => `${family} ${table} ${chain}`

export interface Rule {
  readonly where: RulePlace
  /** The expressions of nft's JSON. The listing adds the parts of xtables that the JSON omits. */
  readonly statements: readonly Json[]
  /** The expressions of the JSON alone, if the listing added some. */
  readonly listed?: readonly Json[]
}
