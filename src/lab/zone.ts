/** One side of the firewall, as platforms and scenarios have it. */

import type { ZoneAddress } from '../net/address.ts'

/** One side of the firewall. */
export interface Zone {
  readonly name: string
  readonly kind: 'project' | 'internet'
  /** Whom a project belongs to, where that is known. */
  readonly organization?: string
  /** Interface name on the firewall; at most 15 bytes (IFNAMSIZ - 1, linux/if.h). Projects may share one. */
  readonly link: string
  /** At most one of each family. */
  readonly addresses: readonly ZoneAddress[]
}
