/** Addresses as the kernel and the wire want them. */
import ipaddr from 'ipaddr.js'
import type { LabZone } from '../../src/lab/lab.ts'
import type { ZoneAddress } from '../../src/net/address.ts'
import type { Family } from '../../src/net/protocol.ts'

/** Network-order bytes: 4 or 16. */
export function bytesOf(address: string): Buffer {
  return Buffer.from(ipaddr.parse(address).toByteArray())
}

export function textOf(bytes: Uint8Array): string {
  return ipaddr.fromByteArray([...bytes]).toString()
}

/** The firewall's own address on a zone's link: the first of the prefix. */
export function gatewayOf(address: ZoneAddress): string {
  const bytes = bytesOf(networkOf(address).split('/')[0]!)
  bytes[bytes.length - 1]! |= 1
  return textOf(bytes)
}

export function addressOf(zone: LabZone, family: Family): ZoneAddress | undefined {
  return zone.addresses.find((a) => a.family === family)
}

/** The firewall's own addresses on a zone's link. */
export function ownOf({ own, addresses }: LabZone): ZoneAddress[] {
  return own ? [...own] : addresses.map((a) => ({ ...a, address: gatewayOf(a) }))
}

/** `10.20.1.0/24`: the network that an address lies in. */
export function networkOf({ address, prefixLength }: ZoneAddress): string {
  const bytes = bytesOf(address)
  for (let bit = prefixLength; bit < bytes.length * 8; bit++)
    bytes[bit >> 3]! &= ~(0x80 >> (bit & 7))
  return `${textOf(bytes)}/${prefixLength}`
}
