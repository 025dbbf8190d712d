/** A policy for zones as it is written: statements of all kinds in the order of the file. */
import type { Statement as LoweredStatement, Policy } from '../policy.ts'

export interface Statement extends LoweredStatement {
  /** Of a deny: a default, which an allow opens. */
  readonly unlessAllowed: boolean
}

/** Deny beats allow beats deny unless allowed beats otherwise, whatever their order in the file. */
export interface ZonePolicy extends Omit<Policy, 'statements' | 'otherwise' | 'grants'> {
  readonly statements: readonly Statement[]
  readonly otherwise: Pick<Statement, 'treatment' | 'by' | 'clause'>
}
