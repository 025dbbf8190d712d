/** A policy for zones as it is written → the one form of policies. */
import { FAMILIES } from '../../net/protocol.ts'
import { ANY, type Policy, type Statement } from '../policy.ts'
import { EVERYTHING } from '../statements.ts'
import type { Statement as WrittenStatement, ZonePolicy } from './zone-policy.ts'

/** A denial with `unless: allowed` is the default of its traffic. */
export function lowerZones({ statements, otherwise, ...policy }: ZonePolicy): Policy {
  return {
    ...policy,
    statements: statements.filter(({ unlessAllowed }) => !unlessAllowed).map(lower),
    otherwise: [
      ...statements.filter(({ unlessAllowed }) => unlessAllowed).map(lower),
      { ...otherwise, from: [ANY], to: [ANY], families: FAMILIES, traffic: EVERYTHING },
    ],
  }
}

const lower = ({ unlessAllowed: _, ...statement }: WrittenStatement): Statement => statement
