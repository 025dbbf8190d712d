/**
 * The prefixes of an inferred lab's links: those that rules tie to an interface, otherwise free
 * ones.
 */

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

/** The outermost and the innermost interface. */
export interface Sides {
  readonly outer: string
  readonly inner: string
  /** The additional link that no rule names, if there is one. */
  readonly added?: string | undefined
}

export interface Settled {
  readonly link: string
  readonly prefixes: readonly Chosen[]
  readonly addresses: readonly ZoneAddress[]
  /** Addresses of the firewall in the text, in the families of the link only. */
  readonly own: readonly ZoneAddress[]
  readonly reasons: readonly string[]
}

export interface Chosen {
  readonly prefix: Prefix
  /** ` (rules.nft:12)`, if the text ties it to the link. */
  readonly why: string
  /** A host in the prefix that the text names. */
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

/**
 * An address of the firewall that no rule ties to a link. It goes to the link of its prefix, or to
 * the outside if it is public.
 */
function placeOwn(claims: readonly Claim[], { outer, inner }: Sides): Claim[] {
  const nets = new Map<string, Claim>()
  const known = new Map<string, Claim>()
  // The first of each. The following ones repeat it.
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

/** All prefixes that contain an address, by length. */
const around = (prefix: Prefix): Prefix[] =>
  Array.from({ length: prefix.prefixLength }, (_, prefixLength) =>
    networkOf({ ...prefix, prefixLength }),
  )

const isTiedOwn = ({ what, link }: Claim): boolean => what === 'own' && link !== undefined

interface Candidate extends Chosen {
  readonly link: string
}

/** Candidates for a link's prefix, best first. */
function candidates(
  link: string,
  family: Family,
  { outer, inner }: Sides,
  claims: readonly Claim[],
): Candidate[] {
  const mine = claims.filter((claim) => claim.link === link && claim.prefix.family === family)
  const own = mine.filter(({ what }) => what === 'own')
  // Public prefixes are behind the default route, however many there are.
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

/** Wide enough for the firewall and a host, and not wider than lab files allow. */
const isLink = ({ family, prefixLength }: Prefix): boolean =>
  prefixLength >= 8 && prefixLength <= bitsOf(family) - 2

type FieldValue = Map<string, Map<Family, Chosen>>

/** The narrowest prefixes are placed first, so a wide one does not take their space. */
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

/** Links without a prefix get one that the lab does not use, and the text neither if possible. */
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

/** The widest first: if one covers everything, the search ends at once. */
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
      told.push(
        `${prefix.address} (${place}) is left out: no host on ${link} can have this address`,
      )
      continue
    }
    told.push(`${prefix.address} (${place}) → the firewall's own address on ${link}`)
    own.push({ ...net, address: prefix.address })
  }
  const hosts = prefixes.map((chosen) => hostFor(chosen, own))
  return { link, prefixes, addresses: hosts, own: [...own, ...moved(hosts, own)], reasons: told }
}

/** The network address and, over IPv4, the broadcast address. */
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

/** If a host has the first address, the firewall gets the second. */
function moved(hosts: readonly ZoneAddress[], own: readonly ZoneAddress[]): ZoneAddress[] {
  return hosts
    .filter((host) => !own.some(({ family }) => family === host.family))
    .filter((host) => host.address === addressAt(host, 1n))
    .map((host) => ({ ...host, address: addressAt(host, 2n) }))
}
