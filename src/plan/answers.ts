/**
 * Conditions of rules on answers, written as conditions on the answered packets: source and
 * destination change places.
 */
import type { Comparison, Field, RuleFacts } from '../nft/facts.ts'

/** A condition on an answer → the field of the answered packet. */
export const MIRRORED: Readonly<Partial<Record<Field, Field>>> = {
  source: 'destination',
  destination: 'source',
  sourcePort: 'destinationPort',
  destinationPort: 'sourcePort',
}

const known = new WeakMap<readonly RuleFacts[], readonly RuleFacts[]>()

/** Kept, because every path and protocol asks for them. */
export function answersTo(all: readonly RuleFacts[]): readonly RuleFacts[] {
  const before = known.get(all)
  if (before) return before
  const mirrored = all.map(mirror)
  known.set(all, mirrored)
  return mirrored
}

function mirror(facts: RuleFacts): RuleFacts {
  return {
    ...facts,
    comparisons: facts.comparisons.flatMap((one): Comparison[] => {
      const field = MIRRORED[one.field]
      return field ? [{ ...one, field }] : []
    }),
    jointFields: facts.jointFields.map(
      (fields) => new Set([...fields].flatMap((field) => MIRRORED[field] ?? [])),
    ),
    ...{ translations: [], statefulRules: [], opaque: [] },
  }
}
