/** Addresses as the kernel and the wire want them. */
import ipaddr from 'ipaddr.js'
import type { Family } from '../../src/flow.ts'
import type { Zone, ZoneAddress } from '../../src/scenario.ts'

/** Network-order bytes: 4 or 16. */
export function bytesOf(address: string): Buffer {
  return Buffer.from(ipaddr.parse(address).toByteArray())
}

export function textOf(bytes: Uint8Array): string {
  return ipaddr.fromByteArray([...bytes]).toString()
}

/** The firewall's own address on a zone's link: the first of the prefix. */
export function gatewayOf({ address, prefixLength }: ZoneAddress): string {
  const bytes = bytesOf(address)
  for (let bit = prefixLength; bit < bytes.length * 8; bit++) {
    bytes[bit >> 3]! &= ~(0x80 >> (bit & 7))
  }
  bytes[bytes.length - 1]! |= 1
  return textOf(bytes)
}

export function addressOf(zone: Zone, family: Family): ZoneAddress | undefined {
  return zone.addresses.find((a) => a.family === family)
}
