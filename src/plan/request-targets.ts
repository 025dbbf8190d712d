/**
 * The addresses at which a request is measured: one in its first destination of each family, one
 * outside all destinations, and both sides of every destination's edges. Only documentation and
 * private addresses are probed, so a stand-in replaces any other prefix.
 */

import type { Zone } from '../lab/zone.ts'
import {
  addressAt,
  addressOfNumber,
  networkText,
  numberOf,
  type Prefix,
  prefixSize,
  USABLE_PREFIXES,
} from '../net/address.ts'
import { contains, overlaps } from '../net/prefix.ts'
import type { Family } from '../net/protocol.ts'
import type { Opening } from '../policy/grant.ts'
import type { Where } from '../result/measured.ts'

export interface ProbeTarget {
  readonly where: Where
  readonly address: string
}

/** A prefix, and its stand-in in the request and in the ruleset. */
export interface Replacement {
  readonly given: Prefix
  readonly used: Prefix
}

export interface Targets {
  readonly family: Family
  readonly targets: readonly ProbeTarget[]
  /** The first and last address of each destination, and their neighbours outside. */
  readonly edges: readonly ProbeTarget[]
  readonly replacements: readonly Replacement[]
  /** The number of destinations that are not measured. */
  readonly left: number
}

export interface Surroundings {
  readonly family: Family
  /** Zones of the whole platform. */
  readonly zones: readonly Zone[]
  /** Destinations of other grants. A stand-in must not overlap them. */
  readonly taken: readonly Prefix[]
  /**
   * Destinations of the project's own grants: ports that are already open there hide what the
   * request opens.
   */
  readonly granted: readonly Prefix[]
  /** Whether an address is where the Internet is; absent: every one that is not of a zone. */
  readonly isThere?: (host: Prefix) => boolean
}

/** Thrown if the request cannot be measured. The message has the reason. */
export class NotMeasurable extends Error {}

/** At most this many destinations of one family are probed at their edges. */
const MOST_DESTINATIONS = 8

/** Throws NotMeasurable if no destination and no stand-in can be probed. */
export function targetsOf({ destinations }: Opening, around: Surroundings): Targets {
  const { family } = around
  const own = internetAddress(around)
  const none = { family, edges: [], replacements: [], left: 0 }
  if (destinations.length === 0) return { ...none, ...anywhere(hostOf(own), around) }
  const all = destinations.filter((prefix) => prefix.family === family)
  const measured = all.slice(0, MOST_DESTINATIONS)
  if (measured.length === 0) return { ...none, targets: outside(destinations, around) }
  let known = destinations
  const places = measured.map((prefix) => {
    const place = insideOf(prefix, known, around)
    if (place.replacement) known = [...known, place.replacement.used]
    return { used: place.replacement?.used ?? prefix, ...place }
  })
  return {
    family,
    targets: [...outside(known, around), { where: 'inside', address: places[0]!.address }],
    edges: places.flatMap(({ used }) => edgesOf(used, known, around)),
    replacements: places.flatMap(({ replacement }) => replacement ?? []),
    left: all.length - measured.length,
  }
}

/** The first and last address of a prefix and their neighbours, if they may be probed. */
export function edgesOf(
  prefix: Prefix,
  destinations: readonly Prefix[],
  around: Pick<Surroundings, 'zones' | 'isThere'>,
): ProbeTarget[] {
  const first = numberOf(prefix.address)
  const last = first + prefixSize(prefix) - 1n
  return [first - 1n, first, last, last + 1n].flatMap((n): ProbeTarget[] => {
    const host = hostAt(prefix.family, n)
    if (!host || !isProbeable(host, around)) return []
    const where = destinations.some((d) => contains(d, host)) ? 'inside' : 'outside'
    return [{ where, address: host.address }]
  })
}

/** Undefined before the first and after the last possible address. */
function hostAt(family: Family, n: bigint): Prefix | undefined {
  const bits = family === 4 ? 32 : 128
  if (n < 0n || n >= 1n << BigInt(bits)) return undefined
  return { family, address: addressOfNumber(family, n), prefixLength: bits }
}

/** Used neither on the Internet nor by the lab. */
function isProbeable(
  host: Prefix,
  { zones, isThere = anywhereElse }: Pick<Surroundings, 'zones' | 'isThere'>,
): boolean {
  const near = zones.flatMap(({ addresses }) => addresses)
  return (
    USABLE_PREFIXES.some((usable) => contains(usable, host)) &&
    !near.some((zone) => overlaps(zone, host)) &&
    isThere(host)
  )
}

const anywhereElse = (): boolean => true

/**
 * The destinations, with the stand-in instead of the replaced prefix, or beside a prefix that
 * contains it.
 */
export function relocate(destinations: readonly Prefix[], { given, used }: Replacement): Prefix[] {
  return destinations.flatMap((prefix) => {
    if (!overlaps(prefix, given)) return [prefix]
    if (prefix.prefixLength === given.prefixLength) return [used]
    if (prefix.prefixLength < given.prefixLength) return [prefix, used]
    const place = numberOf(prefix.address) - numberOf(given.address)
    return [{ ...prefix, address: addressOfNumber(used.family, numberOf(used.address) + place) }]
  })
}

function internetAddress({ zones, family }: Surroundings): Prefix {
  const internet = zones.find(({ kind }) => kind === 'internet')
  const own = internet?.addresses.find((a) => a.family === family)
  if (!own) throw new NotMeasurable(`zone internet has no IPv${family} address on this platform`)
  return own
}

/** An address without any grant, and the Internet host's own address if it differs. */
function anywhere(own: Prefix, around: Surroundings): Pick<Targets, 'targets' | 'edges'> {
  const { granted, family } = around
  const isFree = !granted.some((prefix) => contains(prefix, own))
  const other = isFree
    ? undefined
    : USABLE_PREFIXES.filter((usable) => usable.family === family)
        .map((usable) => probeable(usable, granted, around))
        .find((address) => address !== undefined)
  const at = (address: string): ProbeTarget => ({ where: 'anywhere', address })
  return other === undefined
    ? { targets: [at(own.address)], edges: [] }
    : { targets: [at(other)], edges: [at(own.address)] }
}

function insideOf(first: Prefix, destinations: readonly Prefix[], around: Surroundings) {
  const home = around.zones.find(
    ({ kind, addresses }) => kind === 'project' && addresses.some((a) => contains(a, first)),
  )
  if (home)
    throw new NotMeasurable(
      `destination ${networkText(first)} is in the network of project "${home.name}"`,
    )
  const address = probeable(first, around.granted, around) ?? probeable(first, [], around)
  if (address !== undefined) return { address }
  const used = standIn(first, destinations, around)
  const instead = used && probeable(used, [], around)
  if (!used || instead === undefined)
    throw new NotMeasurable(
      `destination ${networkText(first)} is not a documentation or private prefix, and no free prefix of its size can replace it`,
    )
  return { address: instead, replacement: { given: first, used } }
}

function outside(destinations: readonly Prefix[], around: Surroundings): ProbeTarget[] {
  const [address] = USABLE_PREFIXES.filter(({ family }) => family === around.family).flatMap(
    (prefix) => probeable(prefix, destinations, around) ?? [],
  )
  const own = hostOf(internetAddress(around))
  const preferred = destinations.some((d) => contains(d, own)) ? address : own.address
  return preferred === undefined ? [] : [{ where: 'outside', address: preferred }]
}

/** At most this many addresses of a prefix are tried. */
const TRIES = 64n

/**
 * An address of the prefix that may be probed, is routed to the Internet, and is in none of `but`.
 */
function probeable(
  prefix: Prefix,
  but: readonly Prefix[],
  around: Surroundings,
): string | undefined {
  const own = hostOf(internetAddress(around))
  const isFree = (host: Prefix): boolean => !but.some((d) => contains(d, host))
  if (contains(prefix, own) && isFree(own)) return own.address
  const near = around.zones.flatMap(({ addresses }) => addresses)
  const { isThere = anywhereElse } = around
  return USABLE_PREFIXES.filter((usable) => overlaps(usable, prefix))
    .map((usable) => (usable.prefixLength > prefix.prefixLength ? usable : prefix))
    .flatMap(samples)
    .find((host) => isFree(host) && isThere(host) && !near.some((zone) => overlaps(zone, host)))
    ?.address
}

function samples(prefix: Prefix): Prefix[] {
  const size = prefixSize(prefix)
  const step = size > TRIES ? size / TRIES : 1n
  const count = Number(size < TRIES ? size : TRIES)
  return Array.from({ length: count }, (_, i) => {
    const place = BigInt(i) * step + (step > 1n ? 1n : 0n)
    return hostOf({ ...prefix, address: addressAt(prefix, place) })
  })
}

/** At most this many networks of each usable prefix are tried as a stand-in. */
const CANDIDATES = 4096n

function standIn(
  given: Prefix,
  destinations: readonly Prefix[],
  { zones, taken }: Surroundings,
): Prefix | undefined {
  const avoid = [...destinations, ...taken, ...zones.flatMap(({ addresses }) => addresses)]
  const wide = USABLE_PREFIXES.filter(
    (usable) => usable.family === given.family && usable.prefixLength <= given.prefixLength,
  )
  for (const usable of wide) {
    const size = prefixSize(given)
    const fitting = prefixSize(usable) / size
    for (let i = 0n; i < fitting && i < CANDIDATES; i++) {
      const used = { ...given, address: addressAt(usable, i * size) }
      if (!avoid.some((other) => overlaps(other, used))) return used
    }
  }
  return undefined
}

function hostOf(address: Prefix): Prefix {
  return { ...address, prefixLength: address.family === 4 ? 32 : 128 }
}
