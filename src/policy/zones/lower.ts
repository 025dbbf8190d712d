/** A policy for zones as it is written → the one form of policies. */
import { FAMILIES } from '../../net/protocol.ts'
import { lowerStatements } from '../lower-statements.ts'
import { ANY, type Policy } from '../policy.ts'
import { EVERYTHING } from '../statements.ts'
import type { ZonePolicy } from './zone-policy.ts'

export function lowerZones({ statements, otherwise: rest, ...policy }: ZonePolicy): Policy {
  const { otherwise, ...lowered } = lowerStatements(statements)
  const last = { ...rest, from: [ANY], to: [ANY], families: FAMILIES, traffic: EVERYTHING }
  return { ...policy, ...lowered, otherwise: [...otherwise, last] }
}
