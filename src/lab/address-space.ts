/**
 * The addresses behind each zone of a lab, the firewall's own addresses, and the addresses that no
 * packet can carry.
 */

import type { ZoneAddress } from '../net/address.ts'
import { numberOf, readPrefix, USABLE_PREFIXES } from '../net/address.ts'
import { has, type Interval, intersect, normalise, subtract } from '../net/interval-set.ts'
import type { Family } from '../net/protocol.ts'
import type { LabZone } from './lab.ts'

export type AddressSet = readonly Interval<bigint>[]

const bitsOf = (family: Family): bigint => (family === 4 ? 32n : 128n)

export const everywhere = (family: Family): AddressSet => [[0n, (1n << bitsOf(family)) - 1n]]

/** The network of an address. */
export function intervalOf(address: ZoneAddress): Interval<bigint> {
  const size = 1n << (bitsOf(address.family) - BigInt(address.prefixLength))
  const number = numberOf(address.address)
  const first = number - (number % size)
  return [first, first + size - 1n]
}

const networks = (texts: readonly string[], family: Family): Interval<bigint>[] =>
  texts.flatMap((text) => {
    const reading = readPrefix(text)
    return reading.ok && reading.value.family === family ? [intervalOf(reading.value)] : []
  })

/** The firewall's own addresses on the link of a zone. */
export function ownOf(zone: LabZone, family: Family): bigint[] {
  const given = zone.own?.filter((address) => address.family === family)
  if (given) return given.map(({ address }) => numberOf(address))
  return zone.addresses
    .filter((address) => address.family === family)
    .map((address) => intervalOf(address)[0] + 1n)
}

export const hostOf = (zone: LabZone, family: Family): ZoneAddress | undefined =>
  zone.addresses.find((address) => address.family === family)

interface Route {
  readonly zone: LabZone
  readonly network: Interval<bigint>
}

function routesOf(zones: readonly LabZone[], family: Family): Route[] {
  return zones.flatMap((zone) => {
    const host = hostOf(zone, family)
    if (!host) return []
    const links = [...zone.addresses, ...(zone.own ?? [])]
      .filter((address) => address.family === family)
      .map(intervalOf)
    return [...links, ...networks(zone.routes ?? [], family)].map((network) => ({ zone, network }))
  })
}

const sizeOf = ([from, to]: Interval<bigint>): bigint => to - from

/**
 * Addresses that the firewall sends out of a zone's link: by the longest prefix, including the
 * default route.
 */
export function behind(zone: LabZone, zones: readonly LabZone[], family: Family): AddressSet {
  const routes = routesOf(zones, family)
  if (!hostOf(zone, family)) return []
  const mine = routes.filter((route) => route.zone === zone).map(({ network }) => network)
  const all: Interval<bigint>[] = zone.isDefault ? [everywhere(family)[0]!, ...mine] : mine
  return normalise(
    all.flatMap((network) => {
      const finer = routes.filter(
        (route) => route.zone !== zone && sizeOf(route.network) < sizeOf(network),
      )
      return subtract([network], normalise(finer.map((route) => route.network)))
    }),
  )
}

/** Own addresses of the firewall, on all links. */
export const owned = (zones: readonly LabZone[], family: Family): AddressSet =>
  normalise(zones.flatMap((zone) => ownOf(zone, family).map((n): Interval<bigint> => [n, n])))

/** The first and last addresses of the links' networks, which no host has (RFC 919). */
export function broadcasts(zones: readonly LabZone[]): AddressSet {
  const links = zones.flatMap((zone) =>
    zone.addresses
      .filter(({ family, prefixLength }) => family === 4 && prefixLength < 31)
      .map(intervalOf),
  )
  return normalise(
    links.flatMap(([from, to]): Interval<bigint>[] => [
      [from, from],
      [to, to],
    ]),
  )
}

/** Broadcast addresses of the links (RFC 919). */
export function everybody(zones: readonly LabZone[]): AddressSet {
  const all = networks(['255.255.255.255/32'], 4)
  return normalise([...broadcasts(zones), ...all])
}

/** RFC 1112 §4, RFC 4291 §2.7. */
export const multicasts = (family: Family): AddressSet =>
  normalise(networks([family === 4 ? '224.0.0.0/4' : 'ff00::/8'], family))

// Addresses that the kernel accepts from no link and sends to none: RFC 1122 §3.2.1.3, RFC 4291
// §2.5 and §2.7.
const NOBODY: Readonly<Record<Family, AddressSet>> = {
  4: normalise(networks(['0.0.0.0/8', '127.0.0.0/8', '224.0.0.0/4', '255.255.255.255/32'], 4)),
  6: normalise(networks(['::/128', '::1/128', '::ffff:0:0/96', 'ff00::/8'], 6)),
}
const LINK_LOCAL: AddressSet = networks(['fe80::/10'], 6)

/** Addresses that a host can have. Link-local ones only for traffic that is not forwarded. */
export function hosts(
  family: Family,
  { isForwarded }: { readonly isForwarded: boolean },
): AddressSet {
  const all = subtract(everywhere(family), NOBODY[family])
  return family === 6 && isForwarded ? subtract(all, LINK_LOCAL) : all
}

const USABLE: Readonly<Record<Family, AddressSet>> = {
  4: normalise(USABLE_PREFIXES.filter(({ family }) => family === 4).map(intervalOf)),
  6: normalise(USABLE_PREFIXES.filter(({ family }) => family === 6).map(intervalOf)),
}

/** Documentation and private addresses. */
export const usable = (family: Family): AddressSet => USABLE[family]

/**
 * A likely address in some intervals: `first`, then one in each region in turn. Undefined if none
 * may be sent.
 */
export function likeliest(
  intervals: AddressSet,
  first: bigint,
  regions: readonly AddressSet[],
  allowed: (n: bigint) => boolean,
): bigint | undefined {
  if (has(intervals, first)) return first
  const common = regions.map((region) => intersect(intervals, region)[0])
  return common
    .flatMap((interval) => (interval ? [hostIn(interval)] : []))
    .find((address) => allowed(address))
}

// The first address of a network is usually not a host's.
const hostIn = ([from, to]: Interval<bigint>): bigint => (to > from + 1n ? from + 1n : from)
