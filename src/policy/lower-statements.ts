/** Statements as a file writes them → statements and defaults. */
import type { Policy, Statement, WrittenStatement } from './policy.ts'

/** A denial with `unless: allowed` is the default of its traffic. */
export function lowerStatements(
  written: readonly WrittenStatement[],
): Pick<Policy, 'statements' | 'otherwise'> {
  return {
    statements: written.filter(({ unlessAllowed }) => !unlessAllowed).map(lower),
    otherwise: written.filter(({ unlessAllowed }) => unlessAllowed).map(lower),
  }
}

const lower = ({ unlessAllowed: _, ...statement }: WrittenStatement): Statement => statement
