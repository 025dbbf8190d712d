/** What a grant opens, and for how long. */

import type { SourcePosition } from '../input/position.ts'
import type { Prefix } from '../net/address.ts'
import type { PortSet } from '../net/port-set.ts'

/** A calendar day in UTC, `2026-06-15` (ISO 8601). Days compare as text. */
export type Day = string

/** The ports of a request or a grant. At least one of the two sets is not empty. */
export interface Opening {
  readonly tcp: PortSet
  readonly udp: PortSet
  /**
   * The destinations. Empty: every address. If all prefixes are of one family, the other family
   * stays closed.
   */
  readonly destinations: readonly Prefix[]
}

/**
 * An approved request on a day on which it is in force: it opens its ports for its project only.
 */
export interface Grant extends Opening {
  /** Id of the request. */
  readonly request: string
  readonly project: string
  readonly until?: Day
  /** `grant smtp-shop` */
  readonly label: string
  readonly at: SourcePosition
}

/** The grants without those that are revoked. */
export const remaining = (
  grants: readonly Grant[],
  { revoke }: { readonly revoke: readonly string[] },
): Grant[] => grants.filter(({ request }) => !revoke.includes(request))
