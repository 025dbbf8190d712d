/**
 * Special packets. A firewall may distinguish addresses, source ports, lengths, TTLs, flags … that
 * the policy does not distinguish. One packet of each such class is probed, on boundaries, for
 * every kind of policy.
 */
import { type Combination, combinationsOf, FIELDS } from '../analysis/combinations.ts'
import type { VariedField } from '../analysis/field-values.ts'
import { type AddressSet, behind, hosts, intervalOf, owned } from '../lab/address-space.ts'
import { FIREWALL, type LabZone } from '../lab/lab.ts'
import { numberOf } from '../net/address.ts'
import { has, type Interval, normalise } from '../net/interval-set.ts'
import type { AddressedPacket } from '../net/packet-fields.ts'
import { MAX_PORT, PortSet } from '../net/port-set.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import type { RuleFacts } from '../nft/facts.ts'
import { answersTo } from './answers.ts'
import type { CutFields } from './cut-rules.ts'

/** Of one pair of zones and one protocol. */
const MOST_VARIANTS = 64
/**
 * At most this many combinations are examined for them: the policy does not decide most of them.
 */
const MOST_TRIED = 4096

export interface VariedPair {
  readonly facts: readonly RuleFacts[]
  readonly zones: readonly LabZone[]
  /** Zones, or FIREWALL. */
  readonly path: { readonly from: string; readonly to: string }
  readonly family: Family
  readonly protocol: Protocol
}

export interface Variant {
  readonly packet: AddressedPacket
  /** The special fields other than addresses and ports: `length 1001`, `flags ack`. */
  readonly labels: readonly string[]
  /** Present only if the source port is varied. */
  readonly sourcePort?: number
  /** The source address does not belong to the sender's link: it is spoofed. */
  readonly isBorrowed: boolean
  /** Several fields at once, one of them at the edge of a class with another representative. */
  readonly isEdge: boolean
  /**
   * Packets for which the expectation of a port holds. With other packets, only blocked ports are
   * probed.
   */
  readonly promised: PortSet
}

export interface Varied<T> {
  readonly found: readonly T[]
  /** There are more classes. */
  readonly isCut: boolean
  /** Not every class was examined. */
  readonly isPartial: boolean
  /** Sets of fields that rules compare, of which not every combination was examined. */
  readonly cut: readonly CutFields[]
}

/** `make` plans the sweeps of a variant; empty: none, or the variant is already swept. */
export function variantsOf<T>(
  pair: VariedPair,
  make: (variant: Variant) => readonly T[],
): Varied<T> {
  const found: T[] = []
  const known = new Set<string>()
  const ground = groundOf(pair)
  const examined = new Examined()
  for (const { one, isAnswered } of combinationsBothWays(pair)) {
    if (found.length >= MOST_VARIANTS || examined.size >= MOST_TRIED)
      return {
        ...{ found, isCut: true, cut: examined.lackingOf(pair) },
        isPartial: one.level !== 'one rule' && one.tier !== 'edge',
      }
    examined.add(one, isAnswered)
    const key = JSON.stringify(one.packet)
    const variant = known.has(key) ? undefined : variantOf(pair, ground, one)
    known.add(key)
    // The answers to a borrowed address go elsewhere.
    if (variant && !(isAnswered && variant.isBorrowed)) found.push(...make(variant))
  }
  return { found, isCut: false, isPartial: false, cut: [] }
}

/** The examined combinations, counted by the fields in which they differ from the ordinary packet. */
class Examined {
  readonly #counts = new Map<string, bigint>()
  size = 0

  add({ fields }: Combination, isAnswered: boolean): void {
    const key = `${isAnswered} ${fields.join(', ')}`
    this.#counts.set(key, (this.#counts.get(key) ?? 0n) + 1n)
    this.size++
  }

  lackingOf(pair: VariedPair): CutFields[] {
    return [false, true].flatMap((isAnswered) => {
      const facts = isAnswered ? answersTo(pair.facts) : pair.facts
      const groups = facts.flatMap(({ jointFields }) => jointFields)
      const { counts } = combinationsOf({ ...pair, facts })
      return [...counts].flatMap(([name, count]): CutFields[] => {
        if (name === 'ordinary' || (this.#counts.get(`${isAnswered} ${name}`) ?? 0n) >= count)
          return []
        const fields = name.split(', ') as VariedField[]
        const isAsked = groups.some((group) => fields.every((field) => group.has(FIELDS[field])))
        return fields.length === 1 || isAsked ? [{ fields, isAnswered }] : []
      })
    })
  }
}

/** By what rules ask of packets, and then by what they ask of the answers. */
function* combinationsBothWays(
  pair: VariedPair,
): Generator<{ readonly one: Combination; readonly isAnswered: boolean }> {
  for (const isAnswered of [false, true]) {
    const facts = isAnswered ? answersTo(pair.facts) : pair.facts
    for (const one of combinationsOf({ ...pair, facts })) {
      if (one.level === 'two fields' || one.level === 'more fields') break
      yield { one, isAnswered }
    }
  }
}

/** Undefined where the target is not there, and where nobody can send so. */
function variantOf(pair: VariedPair, ground: Ground, one: Combination): Variant | undefined {
  const { fields, packet, label } = one
  // Nobody chooses the mark of a packet from outside.
  if (fields.includes('mark') || !ground.isTarget(numberOf(packet.target))) return undefined
  const source = numberOf(packet.source)
  const isBorrowed = !ground.isOwnSource(source)
  if (isBorrowed && !ground.isSendable(source)) return undefined
  const isVaried = fields.includes('sourcePort') && packet.sourcePort !== undefined
  const { sourcePort, ...rest } = packet
  return {
    packet: isVaried ? packet : rest,
    labels: label.split(', ').filter((part) => !NAMED_ELSEWHERE.test(part)),
    ...(isVaried ? { sourcePort: sourcePort! } : {}),
    isBorrowed,
    isEdge: fields.length > 1 && one.tier === 'edge',
    promised: isBorrowed ? PortSet.empty : promisedOf(one, pair),
  }
}

/** Addresses and source ports are told by themselves. */
const NAMED_ELSEWHERE = /^(?:from|to|source port|ordinary)\b/

/** Where addresses may be, for a pair. */
interface Ground {
  /** An address of the sender, or of its zone. */
  readonly isOwnSource: (address: bigint) => boolean
  readonly isTarget: (address: bigint) => boolean
  /** Another source address that a host can write. */
  readonly isSendable: (address: bigint) => boolean
}

function groundOf({ zones, path, family }: VariedPair): Ground {
  const own = owned(zones, family)
  const routers = family === 4 ? [] : anycasts(zones)
  const sendable = hosts(family, { isForwarded: true })
  /** Whether it is an address of this zone, or of the firewall. */
  const at = (name: string): ((address: bigint) => boolean) => {
    const zone = zones.find((one) => one.name === name)
    const region = zone ? behind(zone, zones, family) : own
    return (address) =>
      has(region, address) && !has(routers, address) && has(own, address) === (name === FIREWALL)
  }
  return {
    isOwnSource: at(path.from),
    isTarget: at(path.to),
    isSendable: (address) => has(sendable, address) && !has(own, address),
  }
}

/** First addresses of the links' IPv6 prefixes: any router's there, the firewall's among them (RFC 4291 §2.6.1). */
function anycasts(zones: readonly LabZone[]): AddressSet {
  const links = zones.flatMap(({ addresses, own = [] }) => [...addresses, ...own])
  return normalise(
    links
      .filter(({ family }) => family === 6)
      .map(intervalOf)
      .map(([first]): Interval<bigint> => [first, first]),
  )
}

/**
 * An allowed flow is allowed at every length, hop count and class of service,
 * and with every code that its ICMP type has. A segment that opens no flow
 * (TCP flags) may be dropped although the port is open.
 */
function promisedOf({ fields, packet }: Combination, { family }: VariedPair): PortSet {
  if (fields.includes('flags')) return PortSet.empty
  const { code } = packet
  if (!fields.includes('code') || code === undefined) return PortSet.of({ from: 0, to: MAX_PORT })
  return PortSet.of(
    ...(TYPES_WITH_CODES[family] ?? []).filter(([, last]) => code <= last).map(([type]) => type),
  )
}

/** ICMP types with codes beyond 0, each with its last one. Source: IANA, ICMP and ICMPv6 parameters. */
const TYPES_WITH_CODES: Readonly<
  Record<Family, readonly (readonly [type: number, last: number])[]>
> = {
  4: [
    [3, 15],
    [5, 3],
    [11, 1],
    [12, 2],
  ],
  6: [
    [1, 8],
    [3, 1],
    [4, 10],
  ],
}

/** `left`: paths and protocols that were cut. */
export const cutNote = (left: number): string =>
  `${MOST_VARIANTS} classes of addresses and source ports were tried of each of ${left} paths and protocols, which have more`
