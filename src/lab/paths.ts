/** The paths of a lab, and the ordinary addresses at their ends. */

import { addressOfNumber } from '../net/address.ts'
import type { Family } from '../net/protocol.ts'
import { ownOf } from './address-space.ts'
import { FIREWALL, type LabPlan, type LabZone } from './lab.ts'

/** From a zone or FIREWALL, to the other. */
export interface LabPath {
  readonly from: string
  readonly to: string
}

/** Every pair of zones, and each of them with the firewall, as far as both have addresses of the family. */
export function pathsOf({ zones, forwarding }: LabPlan, family: Family): LabPath[] {
  const names = zones.filter((zone) => hasFamily(zone, family)).map(({ name }) => name)
  return [
    ...(forwarding
      ? names.flatMap((from) => names.filter((to) => to !== from).map((to) => ({ from, to })))
      : []),
    ...names.map((from) => ({ from, to: FIREWALL })),
    ...names.map((to) => ({ from: FIREWALL, to })),
  ]
}

const hasFamily = ({ addresses, linkKind }: LabZone, family: Family): boolean =>
  linkKind !== 'none' && addresses.some((a) => a.family === family)

export interface OrdinaryPath extends LabPath {
  readonly source: string
  readonly target: string
}

/** The path with the zones' own addresses; of the firewall's, the one on the other end's link. */
export function ordinary(plan: LabPlan, family: Family, { from, to }: LabPath): OrdinaryPath {
  return {
    from,
    to,
    source:
      from === FIREWALL ? ownAddress(zoneOf(plan, to), family) : host(zoneOf(plan, from), family),
    target:
      to === FIREWALL ? ownAddress(zoneOf(plan, from), family) : host(zoneOf(plan, to), family),
  }
}

export function zoneOf({ zones }: LabPlan, name: string): LabZone {
  const zone = zones.find((one) => one.name === name)
  if (!zone) throw new Error(`the lab has no zone ${JSON.stringify(name)}`)
  return zone
}

function host(zone: LabZone, family: Family): string {
  const address = zone.addresses.find((a) => a.family === family)
  if (!address) throw new Error(`zone ${zone.name} has no IPv${family} address`)
  return address.address
}

function ownAddress(zone: LabZone, family: Family): string {
  const [own] = ownOf(zone, family)
  if (own === undefined) throw new Error(`the firewall has no IPv${family} address at ${zone.name}`)
  return addressOfNumber(family, own)
}
