/**
 * Sweeps besides the ordinary packet: a firewall may distinguish addresses, source ports, lengths,
 * hop limits and flags that the policy does not mention. One member of each of its classes is
 * probed on boundaries. Sources include spoofed addresses of other zones, because an address of
 * another zone must give a sender no further access.
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
import {
  type EndpointPath,
  type PacketShape,
  sweepOf,
  type ZonePlanner,
  type ZoneSweep,
} from './zone-sweep.ts'

/** For one pair of zones and one protocol. */
const MOST_VARIANTS = 64
/** At most this many combinations are examined, because most of them do not concern the policy. */
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
            `${MOST_VARIANTS} classes of addresses and source ports were probed on each of ${left} paths and protocols. These have more classes`,
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

/** Undefined if it is swept anyway, or would check nothing. */
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

/** The numbers that the policy forbids between the endpoints. */
function blocked({ policy }: ZonePlanner, { from, to, family, protocol }: ZoneSweep): PortSet {
  const decided = decideBetween(policy, { from, to, family, protocol })
  return PortSet.of(...decided.filter(({ value }) => value.verdict !== 'open'))
}

function packetOf({ packet: combined }: Combination): PacketShape {
  const { source: _, target: __, sourcePort: ___, ...packet } = combined
  return packet
}

/** The policy is about addresses. Lengths, hop limits and flags are not part of it. */
const isPlain = ({ fields }: Combination): boolean =>
  fields.every((field) => field === 'source' || field === 'target' || field === 'sourcePort')

interface VariedPath extends EndpointPath {
  /** The source belongs elsewhere. For the policy, the sender is any host of its zone. */
  readonly isBorrowed: boolean
}

/** Undefined if the target does not exist, or if no endpoint can send such a packet. */
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

/**
 * First addresses of the links' IPv6 prefixes: the Subnet-Router anycast addresses, which the
 * firewall has too (RFC 4291 §2.6.1).
 */
function anycasts(zones: readonly LabZone[]): AddressSet {
  const links = zones.flatMap(({ addresses, own = [] }) => [...addresses, ...own])
  return normalise(
    links
      .filter(({ family }) => family === 6)
      .map(intervalOf)
      .map(([first]): Interval<bigint> => [first, first]),
  )
}

/** The fields that the endpoints' names do not show. */
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
