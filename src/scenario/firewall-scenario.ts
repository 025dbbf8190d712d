/** A scenario about a given firewall: the firewall's files, its lab and the zone policy. */

import type { Environment } from '../firewall/kinds/environment.ts'
import type { ContainerSpec } from '../firewall/target.ts'
import type { SourcePosition } from '../input/position.ts'
import type { LabPlan } from '../lab/lab.ts'
import type { PortSet } from '../net/port-set.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import type { Day } from '../policy/grant.ts'
import type { Request } from '../request/request.ts'
import type { ZoneLink } from './lab-hints.ts'
import type { AcceptingScenario } from './untested-schema.ts'

/**
 * `file`: a lab file. `given`: the zones of the scenario. `named`: inferred from the firewall's
 * text, with one zone of the policy behind each named interface. `inferred`: zones are named after
 * their interfaces.
 */
export type ScenarioLab =
  | { readonly kind: 'file'; readonly file: string; readonly at: SourcePosition }
  | { readonly kind: 'given'; readonly plan: LabPlan }
  | { readonly kind: 'named'; readonly links: readonly ZoneLink[] }
  | { readonly kind: 'inferred' }

/** A restriction of the scenario to some sweeps. Absent: everything. */
export interface ScenarioSweep {
  readonly from?: readonly string[]
  readonly to?: readonly string[]
  readonly protocols?: readonly Protocol[]
  readonly families?: readonly Family[]
  /** TCP and UDP ports. */
  readonly ports?: PortSet
  /** The texts of `from` and `to` in order, for error messages. */
  readonly names: readonly { readonly name: string; readonly at: SourcePosition }[]
}

export interface FirewallScenario extends AcceptingScenario {
  /** Path below the scenarios' folder, without `.yaml`: `office/paper`. */
  readonly id: string
  readonly title: string
  readonly requirement: string
  readonly source: string
  readonly file: string
  /**
   * Files of the firewall with resolved paths, as on a command line. Absent: the container sets its
   * own rules.
   */
  readonly firewall?: string
  /** The target, if it is not a new namespace of the lab. */
  readonly container?: ContainerSpec
  readonly firewallAt: SourcePosition
  /** Variables of its scripts. */
  readonly environment?: { readonly variables: Environment; readonly at: SourcePosition }
  readonly lab: ScenarioLab
  readonly policyFile: string
  readonly policyAt: SourcePosition
  /** Of the policy's hosts. */
  readonly requests: readonly Request[]
  /** The date on which grants are evaluated. Absent: the day of the run. */
  readonly at?: Day
  /** Requests whose grants are revoked while their flows are established. */
  readonly revoke: readonly string[]
  /** Empty: all pairs of endpoints. */
  readonly sweeps: readonly ScenarioSweep[]
}
