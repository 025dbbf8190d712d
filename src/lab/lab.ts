/** A firewall's lab: its links, who is behind them, and how its kernel is set. */
import type { ZoneAddress } from '../net/address.ts'

/** `ethernet`: a link of its own. `bridge`: the interface is a bridge, and the link a port of it. `none`: the interface exists and nothing is behind it. */
export type LinkKind = 'ethernet' | 'bridge' | 'none'

/** One side of the firewall. */
export interface LabZone {
  readonly name: string
  /** Interface name on the firewall; at most 15 bytes. */
  readonly link: string
  readonly linkKind?: LinkKind // ethernet where absent
  /** The host behind the link: at most one address of each family. Without one of a family, nothing of that family is sent there. */
  readonly addresses: readonly ZoneAddress[]
  /** The firewall's own addresses on the link. Absent: the first address of each prefix. */
  readonly own?: readonly ZoneAddress[]
  /** Prefixes routed to the host behind the link, e.g. `10.9.0.0/16`. The link's own prefixes are always. */
  readonly routes?: readonly string[]
  /** The default route leads here; at most one zone. */
  readonly isDefault?: boolean
}

export interface LabPlan {
  readonly zones: readonly LabZone[]
  readonly forwarding: boolean
  /** Beyond those that a lab sets by itself; name → value, e.g. `net.ipv4.conf.all.rp_filter` → `1`. */
  readonly sysctls: Readonly<Record<string, string>>
}

/** Stands for the firewall itself where a path begins or ends. */
export const FIREWALL = 'firewall'
