/**
 * The sets that say which links are projects', and which source addresses each
 * of these may use. All depends on these three sets alone, so that a project can be
 * added to a loaded ruleset with `nft add element`.
 */
import ipaddr from 'ipaddr.js'
import { networkText, overlap } from '../addresses.ts'
import type { Family } from '../flow.ts'
import type { Zone, ZoneAddress } from '../scenario.ts'
import { set } from './blocks.ts'
import { interfaceName } from './text.ts'

type Link = readonly [link: string, addresses: readonly ZoneAddress[]]

/** Throws RulesetTextError where an interface name cannot be expressed. Neither order nor repetition matters. */
export function projectSets(projects: readonly Zone[]): string[] {
  const links = byLink(projects)
  const names = links.map(([link]) => interfaceName(link))
  return [
    set('project_links', { type: 'ifname', interval: false }, names),
    sourceSet('project_sources4', 'ipv4_addr', links, 4),
    sourceSet('project_sources6', 'ipv6_addr', links, 6),
  ]
}

function byLink(projects: readonly Zone[]): Link[] {
  const links = new Map<string, ZoneAddress[]>()
  for (const { link, addresses } of projects) {
    const known = links.get(link)
    if (known) known.push(...addresses)
    else links.set(link, [...addresses])
  }
  return [...links].sort(([a], [b]) => (a < b ? -1 : 1))
}

// One set with link and prefix together rather than a map of links to sets: one
// lookup whatever the number of projects. In such a set (pipapo) a link matches
// by all its 16 bytes, so "a" is not "ab".
function sourceSet(name: string, type: string, links: readonly Link[], family: Family): string {
  const elements = links.flatMap(([link, addresses]) =>
    networks(addresses.filter((a) => a.family === family)).map(
      (network) => `${interfaceName(link)} . ${network}`,
    ),
  )
  return set(name, { type: `ifname . ${type}`, interval: true }, elements)
}

/**
 * The networks of one family, sorted, without those that lie inside another,
 * which nft 1.0.6 refuses ("File exists"). Prefixes nest or are disjoint, so a
 * network that lies inside another follows it.
 */
function networks(addresses: readonly ZoneAddress[]): string[] {
  const sorted = addresses
    .map((address) => ({ address, text: networkText(address), key: sortKey(address) }))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  const kept: typeof sorted = []
  for (const network of sorted) {
    const last = kept.at(-1)
    if (!last || !overlap(last.address, network.address)) kept.push(network)
  }
  return kept.map(({ text }) => text)
}

/** First address of the network, then the prefix length, as text that sorts like the numbers. */
function sortKey(address: ZoneAddress): string {
  const [first] = networkText(address).split('/')
  const bytes = [...ipaddr.parse(first!).toByteArray(), address.prefixLength]
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join('')
}
