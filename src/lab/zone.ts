/** A network at one interface of the firewall, as in platforms and scenarios. */

import type { ZoneAddress } from '../net/address.ts'

/** One side of the firewall. */
export interface Zone {
  readonly name: string
  readonly kind: 'project' | 'internet'
  /** The organization of a project, if known. */
  readonly organization?: string
  /**
   * Name of the firewall's interface; at most 15 bytes (IFNAMSIZ - 1, linux/if.h). Projects may
   * share one.
   */
  readonly link: string
  /** At most one of each family. */
  readonly addresses: readonly ZoneAddress[]
}
