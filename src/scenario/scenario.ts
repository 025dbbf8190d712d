/** One claim, as data: who sends what to whom under which policy. */
import type { ContainerSpec } from '../firewall/target.ts'
import type { SourcePosition } from '../input/position.ts'
import type { ZoneAddress } from '../net/address.ts'
import type { PortSet } from '../net/port-set.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import type { Platform } from '../platform/platform.ts'
import type { Day } from '../policy/grant.ts'
import type { AcceptingScenario } from './untested-schema.ts'

/** Stands for every project in `from`. */
export const EVERY_PROJECT = '*'

/** Ports that must be open, and ports that must be blocked. */
export interface Stated {
  readonly at: SourcePosition
  readonly open: Readonly<Record<'tcp' | 'udp', PortSet>>
  readonly blocked: Readonly<Record<'tcp' | 'udp', PortSet>>
}

export interface SweepPlan {
  /** A zone, or EVERY_PROJECT. */
  readonly from: string
  readonly to: string
  /** Addresses to send from instead of the zone's own: a spoofed source. At most one of each family. */
  readonly as?: { readonly label: string; readonly addresses: readonly ZoneAddress[] }
  /** Addresses beyond the zone to send to instead of the zone's own. At most one of each family. */
  readonly towards?: { readonly label: string; readonly addresses: readonly ZoneAddress[] }
  readonly protocols: readonly Protocol[]
  readonly families: readonly Family[]
  /** TCP and UDP ports to sweep; the others sweep all 256 numbers. */
  readonly ports: PortSet
  /** What the target answers with: `reply`, or an ICMP error about the probe (which must come back as related). */
  readonly answer: 'reply' | 'icmp-error'
  /** What the scenario says of ports by itself, whatever follows from its policy and its grants. */
  readonly states?: Stated
  /** Full handshakes on both sides of every boundary and on the ports that the policy names, or on every open port. */
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
  /** The day that it is in this claim. Absent: the day on which it is proved. */
  readonly at?: Day
  /** The container that is under test; where it is not said when it is ready, it has no rules of its own. */
  readonly container?: ContainerSpec
  /** Where that is written. */
  readonly containerAt?: SourcePosition
  readonly sweeps: readonly SweepPlan[]
  /** Requests whose grants are taken back while their flows stand. */
  readonly revoke: readonly string[]
}
