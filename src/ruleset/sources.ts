/**
 * The sets of the projects' links, and of the source addresses that each link may use. Only these
 * sets identify projects, so `nft add element` can add a project to a loaded ruleset.
 */
import ipaddr from 'ipaddr.js'
import type { Zone } from '../lab/zone.ts'
import type { ZoneAddress } from '../net/address.ts'
import { networkText, overlap } from '../net/address.ts'
import type { Family } from '../net/protocol.ts'
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
  const names = [...links.keys()].sort().map(interfaceName)
  return [
    set('project_links', { type: 'ifname', interval: false }, names),
    ...lengths.map((length) => sourceSet(links, length)),
  ]
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
function sourceSet(links: ReadonlyMap<string, ZoneAddress[]>, length: Length): Block {
  const elements = [...links.keys()]
    .sort()
    .flatMap((link) =>
      networks(links.get(link)!, length).map((network) => `${interfaceName(link)} . ${network}`),
    )
  return set(
    `project_sources${length.suffix}`,
    { type: `ifname . ${addressType(length)}`, interval: false },
    elements,
  )
}

export function addressType({ family }: Length): string {
  return family === 4 ? 'ipv4_addr' : 'ipv6_addr'
}

/**
 * First addresses of a link's networks of one length, sorted, without those within a wider network.
 */
function networks(addresses: readonly ZoneAddress[], { family, bits }: Length): string[] {
  const own = addresses.filter((a) => a.family === family)
  const kept = own
    .filter((a) => a.prefixLength === bits)
    .filter((a) => !own.some((wider) => wider.prefixLength < bits && overlap(a, wider)))
  if (kept.length === 1) return kept.map(firstAddress)
  const byKey = new Map(kept.map((a) => [sortKey(firstAddress(a)), firstAddress(a)]))
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
