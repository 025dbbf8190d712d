/** The prefixes of an inferred lab's links: those that rules tie to an interface, otherwise free ones. */

import type { ZoneAddress } from '../net/address.ts'
import { addressAt, type Prefix } from '../net/address.ts'
import { freePrefix, hostIn } from '../net/free-prefix.ts'
import {
  bitsOf,
  contains,
  isHost,
  isPrivate,
  networkOf,
  overlaps,
  prefixText,
} from '../net/prefix.ts'
import type { Family } from '../net/protocol.ts'
import type { Claim } from './evidence.ts'

/** The interfaces at both ends. */
export interface Sides {
  readonly outer: string
  readonly inner: string
  /** The link that no rule names, where there is one besides those that are named. */
  readonly added?: string | undefined
}

export interface Settled {
  readonly link: string
  readonly prefixes: readonly Chosen[]
  readonly addresses: readonly ZoneAddress[]
  /** Addresses of the firewall that the text names; of those families alone. */
  readonly own: readonly ZoneAddress[]
  readonly reasons: readonly string[]
}

export interface Chosen {
  readonly prefix: Prefix
  /** ` (rules.nft:12)` where the text ties it to the link. */
  readonly why: string
  /** The host that the text names in it. */
  readonly host?: string
}

const FAMILIES: readonly Family[] = [4, 6]

export function settle(
  links: readonly string[],
  sides: Sides,
  claims: readonly Claim[],
): Settled[] {
  const placed = placeOwn(claims, sides)
  const chosen = choose(links, sides, placed)
  fill(links, sides.outer, claims, chosen)
  return links.map((link) => finish(link, chosen.get(link)!, placed))
}

/** An address of the firewall's own that is tied to no link: where its prefix is, or at the outside when it is public. */
function placeOwn(claims: readonly Claim[], { outer, inner }: Sides): Claim[] {
  const nets = new Map<string, Claim>()
  const known = new Map<string, Claim>()
  // The first of each: those behind are named the same.
  for (const claim of claims.toReversed()) {
    const { what, link, prefix } = claim
    if (what === 'behind' && link !== undefined && !isHost(prefix))
      nets.set(prefixText(prefix), claim)
    if (isTiedOwn(claim)) known.set(prefix.address, claim)
  }
  const order = new Map(claims.map((claim, i) => [claim, i]))
  return claims.map((claim) => {
    if (claim.what !== 'own' || claim.link !== undefined) return claim
    const same = known.get(claim.prefix.address)
    if (same) return same
    const near = around(claim.prefix)
      .flatMap((prefix) => nets.get(prefixText(prefix)) ?? [])
      .toSorted((a, b) => order.get(a)! - order.get(b)!)[0]
    return { ...claim, link: near?.link ?? (isPrivate(claim.prefix) ? inner : outer) }
  })
}

/** Every prefix that an address lies in, by its length. */
const around = (prefix: Prefix): Prefix[] =>
  Array.from({ length: prefix.prefixLength }, (_, prefixLength) =>
    networkOf({ ...prefix, prefixLength }),
  )

const isTiedOwn = ({ what, link }: Claim): boolean => what === 'own' && link !== undefined

interface Candidate extends Chosen {
  readonly link: string
}

/** What could be a link's prefix, the best first. */
function candidates(
  link: string,
  family: Family,
  { outer, inner }: Sides,
  claims: readonly Claim[],
): Candidate[] {
  const mine = claims.filter((claim) => claim.link === link && claim.prefix.family === family)
  const own = mine.filter(({ what }) => what === 'own')
  // Public ones lie behind the default route, however many there are.
  const behind = mine.filter(
    ({ what, prefix }) => what === 'behind' && (link !== outer || isPrivate(prefix)),
  )
  const leaving = claims.filter(
    ({ what, leaves, prefix }) =>
      link === inner &&
      link !== outer &&
      what === 'behind' &&
      leaves &&
      prefix.family === family &&
      isPrivate(prefix),
  )
  const nets = [...behind, ...leaving].filter(({ prefix }) => !isHost(prefix))
  const hosts = behind.filter(({ prefix }) => isHost(prefix))
  return [
    ...nets.filter(({ prefix }) => own.some((one) => contains(prefix, one.prefix))).map(asNet),
    ...(nets.length === 0 || link === outer ? own.map(asSurrounding) : []),
    ...nets.map(asNet),
    ...hosts.map((claim) => ({ ...asSurrounding(claim), host: claim.prefix.address })),
    ...own.map(asSurrounding),
  ]
    .filter(({ prefix }) => isLink(prefix))
    .map((one) => ({ ...one, link }))
}

const asNet = ({ prefix, place }: Claim): Chosen => ({ prefix, why: ` (${place})` })

/** The usual prefix around an address. */
function asSurrounding({ prefix, place }: Claim): Chosen {
  const prefixLength = prefix.family === 4 ? 24 : 64
  return { prefix: networkOf({ ...prefix, prefixLength }), why: ` (${place})` }
}

/** Wide enough for the firewall and a host, and no wider than lab files take. */
const isLink = ({ family, prefixLength }: Prefix): boolean =>
  prefixLength >= 8 && prefixLength <= bitsOf(family) - 2

type FieldValue = Map<string, Map<Family, Chosen>>

/** The narrowest are placed first, so that a wide one does not take their place. */
function choose(links: readonly string[], sides: Sides, claims: readonly Claim[]): FieldValue {
  const choice: FieldValue = new Map(links.map((link) => [link, new Map<Family, Chosen>()]))
  for (const family of FAMILIES) {
    const lists = links
      .map((link) => candidates(link, family, sides, claims))
      .filter((list) => list.length > 0)
      .toSorted((a, b) => b[0]!.prefix.prefixLength - a[0]!.prefix.prefixLength)
    const taken: Prefix[] = []
    for (const list of lists) {
      const free = list.find(({ prefix }) => !taken.some((other) => overlaps(other, prefix)))
      if (!free) continue
      taken.push(free.prefix)
      choice.get(free.link)!.set(family, free)
    }
  }
  return choice
}

/** Links without a prefix get one that is neither in the lab nor, where that is possible, in the text. */
function fill(
  links: readonly string[],
  outer: string,
  claims: readonly Claim[],
  choice: FieldValue,
): void {
  for (const family of FAMILIES) {
    const taken = [...choice.values()].flatMap((chosen) => chosen.get(family)?.prefix ?? [])
    const inText = distinct(claims.map(({ prefix }) => prefix)).filter(
      (prefix) => prefix.family === family,
    )
    for (const link of [outer, ...links.filter((one) => one !== outer)]) {
      const chosen = choice.get(link)!
      if (chosen.has(family)) continue
      const isOuter = link === outer
      const prefix =
        freePrefix(family, isOuter, [...inText, ...taken]) ?? freePrefix(family, isOuter, taken)
      if (!prefix) continue
      taken.push(prefix)
      chosen.set(family, { prefix, why: '' })
    }
  }
}

/** The widest first: where one takes everything, that is known at once. */
function distinct(prefixes: readonly Prefix[]): Prefix[] {
  return [...new Map(prefixes.map((prefix) => [prefixText(prefix), prefix])).values()].toSorted(
    (a, b) => a.prefixLength - b.prefixLength,
  )
}

function finish(
  link: string,
  choice: ReadonlyMap<Family, Chosen>,
  claims: readonly Claim[],
): Settled {
  const prefixes = FAMILIES.flatMap((family) => choice.get(family) ?? [])
  const told: string[] = []
  const own: ZoneAddress[] = []
  const seen = new Set<string>()
  for (const { prefix, place, what, link: at } of claims) {
    if (what !== 'own' || at !== link || seen.has(prefix.address)) continue
    seen.add(prefix.address)
    const net = prefixes.find((one) => contains(one.prefix, prefix))?.prefix
    if (!net || isEdge(prefix.address, net)) {
      told.push(`${prefix.address} (${place}) is left out: it is no address of a host on ${link}`)
      continue
    }
    told.push(`${prefix.address} (${place}) → the firewall's own at ${link}`)
    own.push({ ...net, address: prefix.address })
  }
  const hosts = prefixes.map((chosen) => hostFor(chosen, own))
  return { link, prefixes, addresses: hosts, own: [...own, ...moved(hosts, own)], reasons: told }
}

/** The network's own address, and over IPv4 that for everybody. */
function isEdge(address: string, net: Prefix): boolean {
  const size = 1n << BigInt(bitsOf(net.family) - net.prefixLength)
  return address === net.address || (net.family === 4 && address === addressAt(net, size - 1n))
}

function hostFor({ prefix, host }: Chosen, own: readonly ZoneAddress[]): ZoneAddress {
  const others = own.filter(({ family }) => family === prefix.family).map(({ address }) => address)
  if (host !== undefined && !others.includes(host) && !isEdge(host, prefix))
    return { ...prefix, address: host }
  return hostIn(prefix, others.length > 0 ? others : [addressAt(prefix, 1n)])
}

/** A host that has the first address leaves the second to the firewall. */
function moved(hosts: readonly ZoneAddress[], own: readonly ZoneAddress[]): ZoneAddress[] {
  return hosts
    .filter((host) => !own.some(({ family }) => family === host.family))
    .filter((host) => host.address === addressAt(host, 1n))
    .map((host) => ({ ...host, address: addressAt(host, 2n) }))
}
