/** One claim as data: the sweeps, the policy, the projects and the grants. */
import type { ContainerSpec } from '../firewall/target.ts'
import type { SourcePosition } from '../input/position.ts'
import type { ZoneAddress } from '../net/address.ts'
import type { PortSet } from '../net/port-set.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import type { Platform } from '../platform/platform.ts'
import type { Day } from '../policy/grant.ts'
import type { AcceptingScenario } from './untested-schema.ts'

/** Means every project in `from`. */
export const EVERY_PROJECT = '*'

/** Ports that must be open and ports that must be blocked. */
export interface Stated {
  readonly at: SourcePosition
  readonly open: Readonly<Record<'tcp' | 'udp', PortSet>>
  readonly blocked: Readonly<Record<'tcp' | 'udp', PortSet>>
}

export interface SweepPlan {
  /** A zone, or EVERY_PROJECT. */
  readonly from: string
  readonly to: string
  /** A spoofed source: addresses instead of the zone's own. At most one of each family. */
  readonly as?: { readonly label: string; readonly addresses: readonly ZoneAddress[] }
  /**
   * Destination addresses beyond the zone, instead of the zone's own. At most one of each family.
   */
  readonly towards?: { readonly label: string; readonly addresses: readonly ZoneAddress[] }
  readonly protocols: readonly Protocol[]
  readonly families: readonly Family[]
  /** TCP and UDP ports to sweep. ICMP and IP protocol sweeps cover all 256 numbers. */
  readonly ports: PortSet
  /**
   * The target's answer: `reply`, or an ICMP error about the probe (which must come back as
   * related).
   */
  readonly answer: 'reply' | 'icmp-error'
  /** Expectations of the scenario itself. They hold whatever the policy and the grants expect. */
  readonly states?: Stated
  /**
   * Full handshakes on both sides of every boundary and on the ports that the policy names, or on
   * every open port.
   */
  readonly handshakes: 'boundaries' | 'all'
}

export interface Scenario extends Platform, AcceptingScenario {
  /** Path below the scenarios' folder, without `.yaml`: `default-egress`. */
  readonly id: string
  readonly title: string
  /** The claim in one sentence. */
  readonly requirement: string
  readonly source: string
  readonly file: string
  /** The date on which grants are evaluated. Absent: the day of the run. */
  readonly at?: Day
  /** The container under test. Without `ready` it has no rules of its own. */
  readonly container?: ContainerSpec
  /** The document that requires this. */
  readonly containerAt?: SourcePosition
  readonly sweeps: readonly SweepPlan[]
  /** Requests whose grants are revoked while their flows are established. */
  readonly revoke: readonly string[]
}
