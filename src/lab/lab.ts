/** A firewall's lab: its links, the hosts behind them, and the settings of its kernel. */
import type { ZoneAddress } from '../net/address.ts'

/**
 * `ethernet`: a plain link. `bridge`: the interface is a bridge, and the link a port of it. `none`:
 * the interface exists without a host behind it.
 */
export type LinkKind = 'ethernet' | 'bridge' | 'none'

/** One side of the firewall. */
export interface LabZone {
  readonly name: string
  /** Name of the firewall's interface; at most 15 bytes. */
  readonly link: string
  readonly linkKind?: LinkKind // ethernet where absent
  /** The host behind the link: at most one address of each family. Without one of a family, nothing of that family is sent there. */
  readonly addresses: readonly ZoneAddress[]
  /** The firewall's own addresses on the link. Absent: the first address of each prefix. */
  readonly own?: readonly ZoneAddress[]
  /**
   * Prefixes routed to the host behind the link, e.g. `10.9.0.0/16`. The link's own prefixes need
   * no route.
   */
  readonly routes?: readonly string[]
  /** The default route leads here; at most one zone. */
  readonly isDefault?: boolean
}

export interface LabPlan {
  readonly zones: readonly LabZone[]
  readonly forwarding: boolean
  /**
   * Settings besides those that every lab has; name → value, e.g. `net.ipv4.conf.all.rp_filter` →
   * `1`.
   */
  readonly sysctls: Readonly<Record<string, string>>
}

/** Means the firewall itself as the beginning or end of a path. */
export const FIREWALL = 'firewall'
