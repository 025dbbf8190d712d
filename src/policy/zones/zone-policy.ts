/** A policy for zones as it is written: statements of all kinds in the order of the file. */
import type { Policy, WrittenStatement } from '../policy.ts'

/** Deny beats allow beats deny unless allowed beats otherwise, whatever their order in the file. */
export interface ZonePolicy extends Omit<Policy, 'statements' | 'otherwise'> {
  readonly statements: readonly WrittenStatement[]
  readonly otherwise: Pick<WrittenStatement, 'treatment' | 'by' | 'clause'>
}
