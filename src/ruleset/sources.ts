/**
 * The sets of the projects' links, and of the source addresses that each link may use. Only these
 * sets identify projects, so `nft add element` can add a project to a loaded ruleset.
 */
import ipaddr from 'ipaddr.js'
import type { Zone } from '../lab/zone.ts'
import type { ZoneAddress } from '../net/address.ts'
import { networkText } from '../net/address.ts'
import { contains } from '../net/prefix.ts'
import { FAMILIES, type Family } from '../net/protocol.ts'
import { interfaceName } from '../quote/nft.ts'
import { type Block, set } from './table.ts'

/** A family and a prefix length that a project uses. */
export interface Length {
  readonly family: Family
  readonly bits: number
  /** `4_24`: the suffix of names for this length. */
  readonly suffix: string
}

/** The lengths that are created without projects: the most common ones. */
const USUAL: readonly (readonly [Family, number])[] = [
  [4, 24],
  [6, 64],
]

/** Shortest first, IPv4 before IPv6. */
export function lengthsOf(projects: readonly Zone[]): Length[] {
  const found = new Map<string, Length>()
  const add = (family: Family, bits: number): void => {
    const suffix = `${family}_${bits}`
    if (!found.has(suffix)) found.set(suffix, { family, bits, suffix })
  }
  for (const { addresses } of projects)
    for (const { family, prefixLength } of addresses) add(family, prefixLength)
  for (const [family, bits] of USUAL)
    if (![...found.values()].some((length) => length.family === family)) add(family, bits)
  return [...found.values()].sort((a, b) => a.family - b.family || a.bits - b.bits)
}

/**
 * Throws RulesetTextError if nftables cannot express an interface name. Order and repetition do not
 * matter.
 */
export function sourceSets(projects: readonly Zone[], lengths: readonly Length[]): Block[] {
  const links = byLink(projects)
  return [linkSet(links), ...lengths.map((length) => sourceSet(links, length))]
}

/**
 * The same with prefixes as people write them: one set for each family. A lookup takes longer the
 * more projects there are.
 */
export function prefixSets(projects: readonly Zone[]): Block[] {
  const links = byLink(projects)
  return [
    linkSet(links),
    ...FAMILIES.map((family) => {
      const type = `ifname . ${addressType({ family })}`
      const elements = perLink(links, (addresses) =>
        distinct(outermost(addresses, family), networkText),
      )
      return set(`project_sources${family}`, { type, interval: true }, elements)
    }),
  ]
}

type Links = ReadonlyMap<string, readonly ZoneAddress[]>

function linkSet(links: Links): Block {
  const names = [...links.keys()].sort().map(interfaceName)
  return set('project_links', { type: 'ifname', interval: false }, names)
}

/** An element for each link and text of its addresses. */
function perLink(links: Links, texts: (addresses: readonly ZoneAddress[]) => string[]): string[] {
  return [...links]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([link, addresses]) =>
      texts(addresses).map((text) => `${interfaceName(link)} . ${text}`),
    )
}

function byLink(projects: readonly Zone[]): Map<string, ZoneAddress[]> {
  const links = new Map<string, ZoneAddress[]>()
  for (const { link, addresses } of projects) {
    const known = links.get(link)
    if (known) for (const address of addresses) known.push(address)
    else links.set(link, [...addresses])
  }
  return links
}

// One hash set for each prefix length, looked up with the masked address: one step for any number
// of projects. With a single set of links and prefixes (pipapo), a packet's whole path takes three
// times as long at 10,000 projects.
function sourceSet(links: Links, length: Length): Block {
  const elements = perLink(links, (addresses) => networks(addresses, length))
  return set(
    `project_sources${length.suffix}`,
    { type: `ifname . ${addressType(length)}`, interval: false },
    elements,
  )
}

export function addressType({ family }: Pick<Length, 'family'>): string {
  return family === 4 ? 'ipv4_addr' : 'ipv6_addr'
}

/** First addresses of a link's networks of one length, sorted. */
function networks(addresses: readonly ZoneAddress[], { family, bits }: Length): string[] {
  const kept = outermost(addresses, family).filter((a) => a.prefixLength === bits)
  return distinct(kept, firstAddress)
}

/** Addresses whose networks are in no wider network of the same link. */
function outermost(addresses: readonly ZoneAddress[], family: Family): readonly ZoneAddress[] {
  const own = addresses.filter((a) => a.family === family)
  if (own.length <= 1) return own
  return own.filter(
    (a) => !own.some((wider) => wider.prefixLength < a.prefixLength && contains(wider, a)),
  )
}

function distinct(
  addresses: readonly ZoneAddress[],
  textOf: (address: ZoneAddress) => string,
): string[] {
  if (addresses.length === 1) return addresses.map(textOf)
  const byKey = new Map(addresses.map((a) => [sortKey(firstAddress(a)), textOf(a)]))
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, text]) => text)
}

// Cached: the same few addresses of each project are needed many times.
const firstAddresses = new WeakMap<ZoneAddress, string>()

export function firstAddress(address: ZoneAddress): string {
  let first = firstAddresses.get(address)
  if (first === undefined) {
    first = networkText(address).split('/')[0]!
    firstAddresses.set(address, first)
  }
  return first
}

function sortKey(address: string): string {
  const bytes = ipaddr.parse(address).toByteArray()
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** `ip saddr & 255.255.255.0`: the lookup key for sets of this length. */
export function masked(field: 'saddr' | 'daddr', { family, bits }: Length): string {
  const address = `${family === 4 ? 'ip' : 'ip6'} ${field}`
  if (bits === (family === 4 ? 32 : 128)) return address
  const mask =
    family === 4
      ? ipaddr.IPv4.subnetMaskFromPrefixLength(bits)
      : ipaddr.IPv6.subnetMaskFromPrefixLength(bits)
  return `${address} & ${mask.toString()}`
}
