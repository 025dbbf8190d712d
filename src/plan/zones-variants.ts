/**
 * Sweeps beyond the ordinary packet: a firewall may tell addresses, source
 * ports, lengths, hops, flags … apart that the policy does not. One of every
 * class that it makes is probed, on boundaries. Addresses that belong to other
 * zones are borrowed: who sends from a zone gains nothing by another one's address.
 */

import { type Combination, combinationsOf } from '../analysis/combinations.ts'
import { type AddressSet, behind, hosts, intervalOf, owned } from '../lab/address-space.ts'
import { FIREWALL, type LabZone } from '../lab/lab.ts'
import { numberOf } from '../net/address.ts'
import { has, type Interval, normalise } from '../net/interval-set.ts'
import { PortSet } from '../net/port-set.ts'
import { PROTOCOLS, type Protocol } from '../net/protocol.ts'
import { decideBetween } from '../policy/zones/decide.ts'
import type { Endpoint } from '../policy/zones/zone-policy.ts'
import { endpointAt } from '../scenario/lab-fit.ts'
import { type EndpointPath, sweepOf, type ZonePlanner, type ZoneSweep } from './zone-sweep.ts'

/** Of one pair of zones and one protocol. */
const MOST_VARIANTS = 64
/** Combinations that are looked at for these: most of them are not the policy's affair. */
const MOST_TRIED = 4096

export interface VariantSweeps {
  readonly sweeps: readonly ZoneSweep[]
  readonly notes: readonly string[]
}

export function variantSweeps(planner: ZonePlanner, paths: readonly EndpointPath[]): VariantSweeps {
  const known = new Set(paths.map(({ source, target }) => `${source} ${target} `))
  const pairs = new Map(
    paths.map(({ from, to }) => [`${from.zone} ${to.zone}`, { from: from.zone, to: to.zone }]),
  )
  const found = [...pairs.values()].flatMap((pair) =>
    PROTOCOLS.map((protocol) => variantsBetween(planner, pair, { protocol, known, paths })),
  )
  const left = found.filter(({ isCut }) => isCut).length
  return {
    sweeps: found.flatMap(({ sweeps }) => sweeps),
    notes:
      left > 0
        ? [
            `${MOST_VARIANTS} classes of addresses and source ports were tried of each of ${left} paths and protocols, which have more`,
          ]
        : [],
  }
}

interface Pair {
  readonly from: string
  readonly to: string
}

interface Context {
  readonly protocol: Protocol
  /** Addresses that are swept anyway. */
  readonly known: ReadonlySet<string>
  readonly paths: readonly EndpointPath[]
}

function variantsBetween(planner: ZonePlanner, pair: Pair, context: Context) {
  const { protocol } = context
  const { facts, plan, family } = planner
  const sweeps: ZoneSweep[] = []
  let tried = 0
  for (const one of combinationsOf({
    facts: [facts],
    zones: plan.zones,
    path: pair,
    family,
    protocol,
  })) {
    if (one.level !== 'one field' && one.level !== 'one rule' && one.level !== 'ordinary') break
    if (sweeps.length >= MOST_VARIANTS || ++tried > MOST_TRIED) return { sweeps, isCut: true }
    const sweep = variantSweep(planner, pair, context, one)
    if (sweep) sweeps.push(sweep)
  }
  return { sweeps, isCut: false }
}

/** Undefined where it is swept anyway, or asks nothing. */
function variantSweep(
  planner: ZonePlanner,
  pair: Pair,
  { protocol, known, paths }: Context,
  one: Combination,
): ZoneSweep | undefined {
  const path = one.fields.includes('mark') ? undefined : pathOf(planner, pair, one)
  if (!path) return undefined
  const { source, target, sourcePort } = one.packet
  const isNegative = path.isBorrowed || !isPlain(one)
  const key = `${source} ${target} ${isPortVaried(one) ? sourcePort : ''}`
  if (!isNegative && known.has(key)) return undefined
  const sweep = sweepOf(planner, path, protocol, 'boundaries')
  const numbers = isNegative ? sweep.numbers.intersect(blocked(planner, sweep)) : sweep.numbers
  if (numbers.isEmpty) return undefined
  return {
    ...sweep,
    numbers,
    ...labelsOf(paths, path, one),
    ...(isPortVaried(one) ? { sourcePort: sourcePort! } : {}),
    ...(isNegative ? { isNegative, packet: packetOf(one) } : {}),
  }
}

const isPortVaried = ({ fields, packet }: Combination): boolean =>
  fields.includes('sourcePort') && packet.sourcePort !== undefined

/** What the policy forbids between the ends. */
function blocked({ policy }: ZonePlanner, { from, to, family, protocol }: ZoneSweep): PortSet {
  const decided = decideBetween(policy, { from, to, family, protocol })
  return PortSet.of(...decided.filter(({ value }) => value.verdict !== 'open'))
}

function packetOf({ packet: combined }: Combination): NonNullable<ZoneSweep['packet']> {
  const { source: _, target: __, sourcePort: ___, ...packet } = combined
  return packet
}

/** The policy speaks of addresses; lengths, hops and flags are not its affair. */
const isPlain = ({ fields }: Combination): boolean =>
  fields.every((field) => field === 'source' || field === 'target' || field === 'sourcePort')

interface VariedPath extends EndpointPath {
  /** The source belongs elsewhere: to the policy it is anybody in the zone who sends. */
  readonly isBorrowed: boolean
}

/** Undefined where the target is not there, and where nobody can send so. */
function pathOf(
  { policy, plan, family }: ZonePlanner,
  pair: Pair,
  { packet: { source, target } }: Combination,
): VariedPath | undefined {
  const isAt = (zoneName: string, address: string): boolean => {
    const zone = plan.zones.find(({ name }) => name === zoneName)
    const region = zone ? behind(zone, plan.zones, family) : owned(plan.zones, family)
    const isOwn = has(owned(plan.zones, family), numberOf(address))
    const isHost = family === 4 || !has(anycasts(plan.zones), numberOf(address))
    return has(region, numberOf(address)) && isHost && isOwn === (zoneName === FIREWALL)
  }
  if (!isAt(pair.to, target)) return undefined
  const to = endpointAt(policy, plan, target, family)
  const isBorrowed = !isAt(pair.from, source)
  const from = isBorrowed ? borrower(source) : endpointAt(policy, plan, source, family)
  return from && to ? { from, to, source, target, isBorrowed } : undefined

  function borrower(address: string): Endpoint | undefined {
    const isAnybodys = has(hosts(family, { isForwarded: true }), numberOf(address))
    const isOwn = has(owned(plan.zones, family), numberOf(address))
    if (!isAnybodys || isOwn || !policy.zones.includes(pair.from)) return undefined
    return { name: pair.from, zone: pair.from }
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

/** What is not said by the ends' names alone. */
function labelsOf(
  paths: readonly EndpointPath[],
  { from, to, source, target }: EndpointPath,
  { label }: Combination,
) {
  const plain = paths.find((one) => one.from.name === from.name && one.to.name === to.name)
  const packet = label
    .split(', ')
    .filter((part) => !/^(?:from|to|source port|ordinary)\b/.test(part))
  const as = [...(plain?.source === source ? [] : [source]), ...packet].join(', ')
  return {
    ...(as === '' ? {} : { as }),
    ...(plain?.target === target ? {} : { destination: target }),
  }
}
