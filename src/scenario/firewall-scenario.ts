/** A scenario about a given firewall: which file, in which lab, under which policy for zones. */

import type { Environment } from '../firewall/environment.ts'
import type { ContainerSpec } from '../firewall/target.ts'
import type { SourcePosition } from '../input/position.ts'
import type { LabPlan } from '../lab/lab.ts'
import type { PortSet } from '../net/port-set.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import type { ZoneLink } from './lab-hints.ts'
import type { AcceptingScenario } from './untested-schema.ts'

/**
 * `file`: a lab file. `given`: the scenario's own zones. `named`: inferred from
 * the firewall's text, each zone of the policy being what is behind that
 * interface. `inferred`: zones are called like their interfaces.
 */
export type ScenarioLab =
  | { readonly kind: 'file'; readonly file: string; readonly at: SourcePosition }
  | { readonly kind: 'given'; readonly plan: LabPlan }
  | { readonly kind: 'named'; readonly links: readonly ZoneLink[] }
  | { readonly kind: 'inferred' }

/** What a scenario restricts itself to. Absent: everything. */
export interface ScenarioSweep {
  readonly from?: readonly string[]
  readonly to?: readonly string[]
  readonly protocols?: readonly Protocol[]
  readonly families?: readonly Family[]
  /** TCP and UDP ports. */
  readonly ports?: PortSet
  /** For each of `from` and `to` what is written, in order, to say what is wrong with it. */
  readonly names: readonly { readonly name: string; readonly at: SourcePosition }[]
}

export interface FirewallScenario extends AcceptingScenario {
  /** Path below the scenarios' folder, without `.yaml`: `office/paper`. */
  readonly id: string
  readonly title: string
  readonly requirement: string
  readonly source: string
  readonly file: string
  /** Files of the firewall, each with its path resolved, as a command line would name them; absent: the container has its own rules. */
  readonly firewall?: string
  /** Where it is, that is not in a namespace of the lab's own. */
  readonly container?: ContainerSpec
  readonly firewallAt: SourcePosition
  /** Variables of its scripts. */
  readonly environment?: { readonly variables: Environment; readonly at: SourcePosition }
  readonly lab: ScenarioLab
  readonly policyFile: string
  readonly policyAt: SourcePosition
  /** Empty: all pairs of ends. */
  readonly sweeps: readonly ScenarioSweep[]
}
