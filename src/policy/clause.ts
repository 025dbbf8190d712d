/** One line of a policy, and how a blocked packet is answered. */

import type { SourcePosition } from '../input/position.ts'
import type { PortSet } from '../net/port-set.ts'
import type { Family } from '../net/protocol.ts'

export type Treatment = 'allow' | 'deny'

/**
 * How a blocked packet is answered. `drop`: not at all. `tcp-reset`: RFC 9293
 * §3.10.7. The others are ICMP destination-unreachable codes (RFC 792, RFC
 * 1812 §5.2.7.1; RFC 4443 §3.1); `reject` in a file is read as `tcp-reset` for
 * TCP and as `port-unreachable` for UDP; all else is always dropped.
 */
export type Blocking =
  | 'drop'
  | 'tcp-reset'
  | 'port-unreachable'
  | 'host-unreachable'
  | 'no-route'
  | 'admin-prohibited'

/** One line of a policy. It covers `numbers` of its protocol. */
export interface Clause {
  readonly treatment: Treatment
  /** Ports; ICMP types of one family; or IP protocol numbers. */
  readonly numbers: PortSet
  /** Only for ICMP, whose type numbers differ between the families. Absent: both. */
  readonly family?: Family
  /** Numbers that are written one by one. Absent: none, or not known. */
  readonly singles?: readonly number[]
  /** For people, as short as it can be said: `allow SSH`, `deny tcp 1–1024`, `otherwise allow`. */
  readonly label: string
  readonly service?: string
  readonly source?: string
  readonly reason?: string
  readonly at: SourcePosition
}
