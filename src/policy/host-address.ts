/** Addresses of hosts in policies: how they are read and written, and whose they are. */
import ipaddr from 'ipaddr.js'
import { addressAt, prefixSize, readAnyPrefix, type ZoneAddress } from '../net/address.ts'
import { bitsOf, contains, isAddress, isHost, prefixText } from '../net/prefix.ts'
import type { Family } from '../net/protocol.ts'
import type { HostAddress, PolicyHost } from './policy.ts'

export type HostAddressReading =
  | { readonly ok: true; readonly value: ZoneAddress }
  | { readonly ok: false; readonly message: string }

/** One address; with `networks`, a network too. */
export function readHostAddress(
  text: string,
  { networks }: { readonly networks: boolean },
): HostAddressReading {
  if (isAddress(text)) {
    const family: Family = text.includes(':') ? 6 : 4
    const address = ipaddr.parse(text).toString()
    return { ok: true, value: { family, address, prefixLength: bitsOf(family) } }
  }
  if (!text.includes('/')) return { ok: false, message: whyNot(text) }
  return networks ? readAnyPrefix(text) : { ok: false, message: ONE }
}

const ONE = 'a host has one address: remove the prefix length'

function whyNot(text: string): string {
  const parts = /^\d+(?:\.\d+){3}$/.test(text) ? text.split('.') : []
  const beyond = parts.find((part) => Number(part) > 255)
  return beyond === undefined
    ? 'is not an address: write one like 192.0.2.80 or 2001:db8::80'
    : `is not an address: ${beyond.slice(0, 20)} is above 255`
}

/** `192.0.2.80`, `198.51.100.0/24`. */
export const hostAddressText = (one: ZoneAddress): string =>
  isHost(one) ? one.address : prefixText(one)

/** An address that stands for all of the host: of a network, usually not its first one. */
export const firstAddressOf = (one: ZoneAddress): string =>
  prefixSize(one) > 2n ? addressAt(one, 1n) : one.address

export const addressOfHost = (
  { addresses }: Pick<PolicyHost, 'addresses'>,
  family: Family,
): HostAddress | undefined => addresses.find((one) => one.family === family)

/** The host that an address belongs to. No two hosts have a common address. */
export function hostAt(
  hosts: readonly PolicyHost[],
  address: Omit<ZoneAddress, 'prefixLength'>,
): PolicyHost | undefined {
  if (hosts.length === 0) return undefined
  const own = { ...address, prefixLength: bitsOf(address.family) }
  return hosts.find(({ addresses }) => addresses.some((one) => contains(one, own)))
}
