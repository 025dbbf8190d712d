/** The links of a lab, as the wire and the firewall know them. */

import type { LabZone, LinkKind } from '../../src/lab/lab.ts'

/** One link of a lab, with both ends' names and the zones behind it. */
export interface Wiring {
  /** Interface on the firewall. */
  readonly link: string
  readonly kind: LinkKind
  readonly zones: readonly LabZone[]
  /** Interface of the wire's end. */
  readonly wire: string
  /**
   * The host behind the link, as the firewall knows it. The wire's interface has another address:
   * see below.
   */
  readonly hostMac: Buffer
  readonly firewallMac: Buffer
}

export function planWiring(labNumber: number, zones: readonly LabZone[]): Wiring[] {
  return [...Map.groupBy(zones, ({ link }) => link)].map(([link, own], i) => ({
    link,
    kind: own[0]!.linkKind ?? 'ethernet',
    zones: own,
    wire: `w${labNumber}.${i}`,
    hostMac: Buffer.from([2, 0, 0, i >> 8, i & 0xff, 2]),
    firewallMac: Buffer.from([2, 0, 0, i >> 8, i & 0xff, 1]),
  }))
}
