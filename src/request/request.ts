/** A project's wish for more ports, what was decided on it, and the grant that it becomes. */
import type { Prefix } from '../net/address.ts'
import type { PortSet } from '../net/port-set.ts'
import type { Place } from '../policy/egress/policy.ts'

/** A calendar day as ISO 8601 writes it, `2026-06-15`; compares as text. Days are UTC. */
export type Day = string

export type Decision =
  | { readonly status: 'pending' }
  | {
      readonly status: 'approved'
      readonly by: string
      readonly on: Day
      readonly reason: string
      /** Last day on which it holds. Absent: for good. */
      readonly until?: Day
    }
  | {
      readonly status: 'rejected'
      readonly by: string
      readonly on: Day
      readonly reason: string
    }

/** What a request or a grant opens. At least one of the two sets is not empty. */
export interface Opening {
  readonly tcp: PortSet
  readonly udp: PortSet
  /** Towards these only; towards everywhere where there are none. A family that none is of stays closed then. */
  readonly destinations: readonly Prefix[]
}

/** A modification request, as its file has it. */
export interface Request extends Opening {
  /** Lower-case letters, digits and hyphens; begins with a letter; at most 64. */
  readonly id: string
  readonly project: string
  readonly organization: string
  readonly useCase: string
  readonly requested: Day
  readonly decision: Decision
  readonly at: Place
  /** Where the parts stand that other files may contradict. */
  readonly places: Readonly<Record<'id' | 'project' | 'organization' | 'ports' | 'decision', Place>>
}

/** An approved request on a day on which it holds: opens what it names for that one project. */
export interface Grant extends Opening {
  /** Id of the request. */
  readonly request: string
  readonly project: string
  readonly until?: Day
  /** `grant smtp-shop` */
  readonly label: string
  readonly at: Place
}

export const PORT_PROTOCOLS = ['tcp', 'udp'] as const
export type PortProtocol = (typeof PORT_PROTOCOLS)[number]
