/** Addresses in the forms that the kernel and the wire need. */
import ipaddr from 'ipaddr.js'
import type { LabZone } from '../../src/lab/lab.ts'
import type { ZoneAddress } from '../../src/net/address.ts'
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
  const bytes = bytesOf(networkOf(address).split('/')[0]!)
  bytes[bytes.length - 1]! |= 1
  return addressText(bytes)
}

export function addressOf(zone: LabZone, family: Family): ZoneAddress | undefined {
  return zone.addresses.find((a) => a.family === family)
}

/** The firewall's own addresses on the link of a zone. */
export function ownOf({ own, addresses }: LabZone): ZoneAddress[] {
  return own ? [...own] : addresses.map((a) => ({ ...a, address: gatewayOf(a) }))
}

/** `10.20.1.0/24`: the network of an address. */
export function networkOf({ address, prefixLength }: ZoneAddress): string {
  const bytes = bytesOf(address)
  for (let bit = prefixLength; bit < bytes.length * 8; bit++)
    bytes[bit >> 3]! &= ~(0x80 >> (bit & 7))
  return `${addressText(bytes)}/${prefixLength}`
}
