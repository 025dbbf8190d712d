/** One line of a policy, and how it answers a blocked packet. */

import type { SourcePosition } from '../input/position.ts'
import type { PortSet } from '../net/port-set.ts'
import type { Family } from '../net/protocol.ts'

export type Treatment = 'allow' | 'deny'

/**
 * How a blocked packet is answered. `drop`: no answer. `tcp-reset`: RFC 9293 §3.10.7. The others
 * are ICMP destination-unreachable codes (RFC 792, RFC 1812 §5.2.7.1; RFC 4443 §3.1). In a file,
 * `reject` means `tcp-reset` for TCP and `port-unreachable` for UDP. Blocked packets of other
 * protocols are always dropped.
 */
export type Blocking =
  | 'drop'
  | 'tcp-reset'
  | 'port-unreachable'
  | 'host-unreachable'
  | 'no-route'
  | 'admin-prohibited'

/** One line of a policy. It applies to `numbers` of its protocol. */
export interface Clause {
  readonly treatment: Treatment
  /** Ports; ICMP types of one family; or IP protocol numbers. */
  readonly numbers: PortSet
  /** Only for ICMP, because its type numbers differ between the families. Absent: both families. */
  readonly family?: Family
  /** Only towards these hosts. Absent: towards every address. */
  readonly to?: readonly string[]
  /** Numbers that are listed one by one. Absent: none, or unknown. */
  readonly singles?: readonly number[]
  /** For people, as short as it can be said: `allow SSH`, `deny tcp 1–1024`, `otherwise allow`. */
  readonly label: string
  readonly service?: string
  readonly source?: string
  readonly reason?: string
  readonly at: SourcePosition
}
