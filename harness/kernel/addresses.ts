/** Addresses in the forms that the kernel and the wire need. */
import ipaddr from 'ipaddr.js'
import type { LabZone } from '../../src/lab/lab.ts'
import { networkText, type ZoneAddress } from '../../src/net/address.ts'
import type { Family } from '../../src/net/protocol.ts'

/** Network-order bytes: 4 or 16. */
export function bytesOf(address: string): Buffer {
  return Buffer.from(ipaddr.parse(address).toByteArray())
}

export function addressText(bytes: Uint8Array): string {
  return ipaddr.fromByteArray([...bytes]).toString()
}

/** The firewall's own address on the link of a zone: the first of the prefix. */
export function gatewayOf(address: ZoneAddress): string {
  const bytes = bytesOf(networkText(address).split('/')[0]!)
  bytes[bytes.length - 1]! |= 1
  return addressText(bytes)
}

export function zoneAddressOf(zone: LabZone, family: Family): ZoneAddress | undefined {
  return zone.addresses.find((a) => a.family === family)
}

/** The firewall's own addresses on the link of a zone. */
export function ownOf({ own, addresses }: LabZone): ZoneAddress[] {
  return own ? [...own] : addresses.map((a) => ({ ...a, address: gatewayOf(a) }))
}
