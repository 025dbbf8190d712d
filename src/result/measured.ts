/** The measurement of a request, as data. */

import type { PortSet } from '../net/port-set.ts'
import type { Family, PortProtocol } from '../net/protocol.ts'
import type { Evidence } from './result.ts'

/**
 * `exact`: the requested ports open and nothing else changes. `unknown`: nothing is wrong, but some
 * results are unknown.
 */
export type TrialVerdict = 'exact' | 'different' | 'unknown'

/**
 * Where a path ends: in a requested destination, outside all of them, or at any address because the
 * request names none.
 */
export type Where = 'inside' | 'outside' | 'anywhere'

/** Every port, or only the ports at which a difference could show. */
export type Extent = 'all' | 'few'

/** The ports of one path, by how the grant changes their outcome. */
export interface Difference {
  readonly opened: PortSet
  readonly closed: PortSet
  /** Not open before or after, but blocked or delivered in another way. */
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
  /** The project whose source address the probe spoofs. */
  readonly as?: string
  readonly extent: Extent
  /** Numbers swept through each of the two rulesets. */
  readonly numbers: number
  /** The ports that the request should open. */
  readonly expected: PortSet
  readonly verdict: TrialVerdict
  /**
   * The path through the ruleset with the request: one number for each wrong range, for the first
   * few ranges.
   */
  readonly evidence: readonly Evidence[]
}

/** A destination in use on the Internet, and the prefix that replaces it in the lab. */
export interface StandIn {
  readonly given: string
  readonly used: string
}

export type Measured =
  | { readonly verdict: 'not measured'; readonly wanted: boolean; readonly reason: string }
  | {
      readonly verdict: TrialVerdict
      /** Rows that differ come first, then unknown ones. */
      readonly rows: readonly MeasuredRow[]
      /** Failed controls, and everything else that invalidates the measurement. */
      readonly problems: readonly string[]
      readonly standIns: readonly StandIn[]
      /** Destinations left out, because there are too many. */
      readonly left: number
      /** Commands in the difference of the two rulesets that concern more than the project. */
      readonly beyond: readonly string[]
      readonly controls: number
      readonly probes: number
      /** How many projects the rulesets cover, and how many the platform has. */
      readonly projects: { readonly compiled: number; readonly all: number }
      readonly totalMs: number
    }
