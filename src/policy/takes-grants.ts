/** Whether grants can open ports of a path. */
import { hasPorts, type Protocol } from '../net/protocol.ts'
import { speaksOf } from './endpoints.ts'
import type { Endpoint, Policy } from './policy.ts'

interface Ends {
  readonly from: Endpoint
  readonly to: Endpoint
}

export const takesGrants = ({ grants }: Policy, { from, to }: Ends, protocol: Protocol): boolean =>
  grants !== undefined &&
  hasPorts(protocol) &&
  speaksOf(grants.from, from) &&
  speaksOf(grants.to, to)
