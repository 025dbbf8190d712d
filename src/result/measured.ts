/** What the measurement of a request learned, as data. */

import type { PortSet } from '../net/port-set.ts'
import type { Family, PortProtocol } from '../net/protocol.ts'
import type { Evidence } from './result.ts'

/** `exact`: what was asked for and nothing else. `unknown`: nothing is wrong, but not everything is known. */
export type TrialVerdict = 'exact' | 'different' | 'unknown'

/** Where a path ends: in a destination, in none of them, or at any address because there are none. */
export type Where = 'inside' | 'outside' | 'anywhere'

/** Every port, or those that could tell a difference. */
export type Extent = 'all' | 'few'

/** Ports of one path by what became of them when the request was granted. */
export interface Difference {
  readonly opened: PortSet
  readonly closed: PortSet
  /** Neither open before nor after, but blocked or let through in another way. */
  readonly altered: PortSet
  /** Unsteady or inconclusive before or after. */
  readonly unsure: PortSet
}

export interface MeasuredRow extends Difference {
  readonly from: string
  readonly family: Family
  readonly protocol: PortProtocol
  readonly target: string
  readonly where: Where
  /** Whose address was borrowed. */
  readonly as?: string
  readonly extent: Extent
  /** Numbers swept, each time. */
  readonly numbers: number
  /** What should have opened. */
  readonly expected: PortSet
  readonly verdict: TrialVerdict
  /** The walk through the ruleset with the request, for one number of each range that is wrong; of the first few. */
  readonly evidence: readonly Evidence[]
}

/** A destination that is in use on the Internet, and the prefix that replaces it in the lab. */
export interface StandIn {
  readonly given: string
  readonly used: string
}

export type Measured =
  | { readonly verdict: 'not measured'; readonly wanted: boolean; readonly reason: string }
  | {
      readonly verdict: TrialVerdict
      /** Those that differ first, then the doubtful ones. */
      readonly rows: readonly MeasuredRow[]
      /** Controls that failed, and anything else that makes the measurement worthless. */
      readonly problems: readonly string[]
      readonly standIns: readonly StandIn[]
      /** Destinations that were not measured, because there are too many. */
      readonly left: number
      /** Commands between the two rulesets that concern more than the project. */
      readonly beyond: readonly string[]
      readonly controls: number
      readonly probes: number
      /** Projects in the rulesets, and in the platform. */
      readonly projects: { readonly compiled: number; readonly all: number }
      readonly totalMs: number
    }
