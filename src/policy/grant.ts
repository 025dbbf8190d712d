/** What a grant opens, and for how long. */

import type { SourcePosition } from '../input/position.ts'
import type { Prefix } from '../net/address.ts'
import type { PortSet } from '../net/port-set.ts'

/** A calendar day as ISO 8601 writes it, `2026-06-15`; compares as text. Days are UTC. */
export type Day = string

/** What a request or a grant opens. At least one of the two sets is not empty. */
export interface Opening {
  readonly tcp: PortSet
  readonly udp: PortSet
  /** Towards these only; towards everywhere where there are none. A family that none is of stays closed then. */
  readonly destinations: readonly Prefix[]
}

/** An approved request on a day on which it holds: opens what it names for that one project. */
export interface Grant extends Opening {
  /** Id of the request. */
  readonly request: string
  readonly project: string
  readonly until?: Day
  /** `grant smtp-shop` */
  readonly label: string
  readonly at: SourcePosition
}
