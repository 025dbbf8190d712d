/** Reads addresses of scenario files, and checks that a lab may use them. */
import ipaddr from 'ipaddr.js'
import type { Family } from './protocol.ts'

/**
 * An address with its on-link prefix length, e.g. 10.20.1.10/24. The firewall gets the prefix's
 * first address.
 */
export interface ZoneAddress {
  readonly family: Family
  /** Canonical text (RFC 5952 for IPv6). */
  readonly address: string
  readonly prefixLength: number
}

// RFC 5737, RFC 1918, RFC 3849, RFC 4193: addresses that nobody uses on the Internet.
const USABLE = [
  '203.0.113.0/24',
  '198.51.100.0/24',
  '192.0.2.0/24',
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '2001:db8::/32',
  'fd00::/8',
]
const PREFIXES = USABLE.map((text) => ipaddr.parseCIDR(text))

/** Documentation and private prefixes. Only addresses in these are ever probed. */
export const USABLE_PREFIXES: readonly Prefix[] = PREFIXES.map(([net, prefixLength]) => ({
  family: net.kind() === 'ipv4' ? 4 : 6,
  address: net.toString(),
  prefixLength,
}))

/** A network: its first address and the length of its prefix in bits. */
export type Prefix = ZoneAddress

export type AddressReading =
  | { readonly ok: true; readonly value: ZoneAddress }
  | { readonly ok: false; readonly message: string }

const no = (message: string): AddressReading => ({ ok: false, message })

/** `10.20.1.10/24`. With `prefix: 'optional'` the prefix length may be absent. */
export function readAddress(
  text: string,
  { prefix }: { prefix: 'required' | 'optional' },
): AddressReading {
  const [address, length, ...more] = text.split('/')
  if (more.length > 0 || !address || !isAddress(address))
    return no(
      'must be an address with its prefix length, like 10.20.1.10/24 or 2001:db8:20:1::10/64',
    )
  const parsed = ipaddr.parse(address)
  const bits = parsed.kind() === 'ipv4' ? 32 : 128
  if (length === undefined && prefix === 'required')
    return no(`the prefix length is missing: write it like ${address}/${bits === 32 ? 24 : 64}`)
  const prefixLength = length === undefined ? bits : Number(length)
  if (length !== undefined && (!/^\d+$/.test(length) || prefixLength > bits))
    return no(`the prefix length must be 0 to ${bits}`)
  if (!isUsable(parsed))
    return no(`not a documentation or private address: use one of ${USABLE.join(', ')}`)
  const value: ZoneAddress = {
    family: bits === 32 ? 4 : 6,
    address: parsed.toString(),
    prefixLength,
  }
  return prefix === 'required' ? checkHost(value) : { ok: true, value }
}

function isAddress(text: string): boolean {
  return text.includes(':') ? ipaddr.IPv6.isValid(text) : ipaddr.IPv4.isValidFourPartDecimal(text)
}

function isUsable(address: ipaddr.IPv4 | ipaddr.IPv6): boolean {
  return PREFIXES.some(
    ([net, length]) => net.kind() === address.kind() && address.match(net as never, length),
  )
}

function checkHost(value: ZoneAddress): AddressReading {
  const { family, address, prefixLength } = value
  const longest = family === 4 ? 30 : 126
  if (prefixLength > longest)
    return no(
      `the prefix has no free address for the firewall: the prefix length must be at most /${longest}`,
    )
  if (prefixLength < 8) return no('the prefix length must be at least 8')
  const bytes = ipaddr.parse(address).toByteArray()
  const host = hostBits(bytes, prefixLength)
  if (host.every((bit) => bit === 0))
    return no('this is the network address: use a host address of the prefix')
  if (host.slice(0, -1).every((bit) => bit === 0))
    return no('this is the first address of the prefix: the firewall has it, so use another one')
  if (family === 4 && host.every((bit) => bit === 1))
    return no('this is the broadcast address of the prefix: use a host address')
  return { ok: true, value }
}

function hostBits(bytes: readonly number[], prefixLength: number): number[] {
  return bitsOf(bytes).slice(prefixLength)
}

function bitsOf(bytes: readonly number[]): number[] {
  return bytes.flatMap((byte) => [7, 6, 5, 4, 3, 2, 1, 0].map((i) => (byte >> i) & 1))
}

/** A prefix of any network, for `nftproof compile`: `10.20.1.0/24`. */
export function readPrefix(text: string): AddressReading {
  const [address, length, ...more] = text.split('/')
  if (more.length > 0 || !address || !isAddress(address) || !/^\d+$/.test(length ?? ''))
    return no('must be a prefix like 10.20.1.0/24 or 2001:db8:20:1::/64')
  const parsed = ipaddr.parse(address)
  const bits = parsed.kind() === 'ipv4' ? 32 : 128
  const prefixLength = Number(length)
  if (prefixLength > bits) return no(`the prefix length must be 0 to ${bits}`)
  return {
    ok: true,
    value: { family: bits === 32 ? 4 : 6, address: parsed.toString(), prefixLength },
  }
}

/** The address at an index of the prefix: 0 is the first. The index must be within the prefix. */
export function addressAt(prefix: Prefix, place: bigint): string {
  const [first] = networkText(prefix).split('/')
  return addressOfNumber(prefix.family, numberOf(first!) + place)
}

/** How many addresses a prefix has. */
export function prefixSize({ family, prefixLength }: Prefix): bigint {
  return 1n << BigInt((family === 4 ? 32 : 128) - prefixLength)
}

/** An address as one number in network byte order. */
export function numberOf(address: string): bigint {
  const four = fourParts(address)
  if (four !== undefined) return BigInt(four)
  return ipaddr
    .parse(address)
    .toByteArray()
    .reduce((n, byte) => (n << 8n) | BigInt(byte), 0n)
}

const DOT = 46
const ZERO = 48
const NINE = 57

/**
 * An IPv4 address as a number: four decimal parts without leading zeros. Undefined for any other
 * text. Fast, because a set may hold a million addresses.
 */
export function fourParts(text: string): number | undefined {
  let whole = 0
  let part = -1
  let parts = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === DOT) {
      if (part < 0 || ++parts > 3) return undefined
      whole = whole * 256 + part
      part = -1
    } else {
      if (code < ZERO || code > NINE || part === 0) return undefined
      part = (part < 0 ? 0 : part * 10) + code - ZERO
      if (part > 255) return undefined
    }
  }
  return parts === 3 && part >= 0 ? whole * 256 + part : undefined
}

export function addressOfNumber(family: 4 | 6, n: bigint): string {
  if (family === 4) {
    const four = Number(n)
    return [24, 16, 8, 0].map((bits) => (four >>> bits) & 255).join('.')
  }
  const length = 16
  const bytes = Array.from({ length }, (_, i) => Number((n >> BigInt(8 * (length - 1 - i))) & 255n))
  return ipaddr.fromByteArray(bytes).toString()
}

/** The network that an address lies in: `10.20.1.0/24` for 10.20.1.10/24. */
export function networkText({ family, address, prefixLength }: ZoneAddress): string {
  const cidr = `${address}/${prefixLength}`
  const network =
    family === 4
      ? ipaddr.IPv4.networkAddressFromCIDR(cidr)
      : ipaddr.IPv6.networkAddressFromCIDR(cidr)
  return `${network.toString()}/${prefixLength}`
}

/**
 * Reads a prefix whose host bits are zero: `198.51.100.0/24`. A single address is a prefix of full
 * length.
 */
export function readAnyPrefix(text: string): AddressReading {
  const reading = readPrefix(text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`)
  if (!reading.ok) return reading
  const [first] = networkText(reading.value).split('/')
  if (first === reading.value.address) return reading
  return no(`has host bits after the prefix: write ${first}/${reading.value.prefixLength}`)
}
