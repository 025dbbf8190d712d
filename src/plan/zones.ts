/**
 * A zone policy in a lab, and the comparisons of a loaded firewall → the sweeps that compare both,
 * in the order of the report.
 */

import { isUsed } from '../analysis/path-hooks.ts'
import { intervalOf } from '../lab/address-space.ts'
import { FIREWALL } from '../lab/lab.ts'
import { FAMILIES, type Family, PROTOCOLS, type Protocol } from '../net/protocol.ts'
import type { Comparison, RuleFacts } from '../nft/facts.ts'
import type { Endpoint } from '../policy/policy.ts'
import { ownAddress, placeEndpoints } from '../scenario/lab-fit.ts'
import type { CutPair } from './cut-rules.ts'
import {
  type EndpointPath,
  expectedBetween,
  numbersAsked,
  type ZonePlanner,
  type ZoneSubject,
  type ZoneSweep,
  zoneSweepOf,
} from './zone-sweep.ts'
import { variantSweeps } from './zones-variants.ts'

export interface ZonePlan {
  readonly sweeps: readonly ZoneSweep[]
  /** What was not probed or on boundaries only, with the reason: one sentence each. */
  readonly notes: readonly string[]
  /** The combinations of packet fields that were not tried. */
  readonly cut: readonly CutPair[]
}

/** Every pair of endpoints in different zones with addresses of the family. */
export function pathsBetween({ policy, plan }: ZoneSubject, family: Family): EndpointPath[] {
  const ends = placeEndpoints(policy, plan)
  return ends.flatMap((from) =>
    ends.filter((to) => isOnPath(from, to, plan)).flatMap((to) => pathFor(plan, from, to, family)),
  )
}

type Placed = ReturnType<typeof placeEndpoints>[number]

function isOnPath(from: Placed, to: Placed, { forwarding }: ZoneSubject['plan']): boolean {
  const isForwarded = from.zone !== FIREWALL && to.zone !== FIREWALL
  return from.zone !== to.zone && (!isForwarded || forwarding)
}

/** Empty if one of the two has no address of the family. */
function pathFor(
  plan: ZoneSubject['plan'],
  from: Placed,
  to: Placed,
  family: Family,
): EndpointPath[] {
  const source = from.zone === FIREWALL ? ownAddress(plan, to.zone, family) : from.addresses[family]
  const target = to.zone === FIREWALL ? ownAddress(plan, from.zone, family) : to.addresses[family]
  const isThere = (from.zone === FIREWALL ? to : from).addresses[family] !== undefined
  if (source === undefined || target === undefined || !isThere) return []
  const [a, b] = [from, to].map(({ name, zone }) => ({ name, zone }))
  return [{ from: a!, to: b!, source, target }]
}

export function planZones(subject: ZoneSubject, family: Family, facts: RuleFacts): ZonePlan {
  const planner = {
    ...subject,
    ...{ family, facts: withDestinations(subject, facts), isCertain: facts.opaque.length === 0 },
  }
  const paths = pathsBetween(subject, family)
  const plain = PROTOCOLS.flatMap((protocol) => plainSweeps(planner, paths, protocol))
  const varied = variantSweeps(planner, paths)
  return {
    sweeps: inOrderOf(paths, [...plain, ...varied.sweeps]),
    notes: [...notesOf(planner, paths), ...varied.notes],
    cut: varied.cut,
  }
}

/** Grants distinguish destinations, even if the rules do not. */
function withDestinations({ grants = [] }: ZoneSubject, facts: RuleFacts): RuleFacts {
  const destinations = grants.flatMap((grant) => grant.destinations)
  if (destinations.length === 0) return facts
  const where = { family: '', table: '', chain: '', text: '' }
  const comparisons = destinations.map((one): Comparison => {
    const intervals = [intervalOf(one)]
    return { field: 'destination', family: one.family, intervals, where }
  })
  return { ...facts, comparisons: [...facts.comparisons, ...comparisons] }
}

/**
 * Between two zones, endpoints that match the same statements form a class. The first one is swept
 * on all ports, the others on boundaries.
 */
function plainSweeps(
  planner: ZonePlanner,
  paths: readonly EndpointPath[],
  protocol: Protocol,
): ZoneSweep[] {
  const seen = new Set<string>()
  return paths.flatMap((path) => {
    const key = classOf(planner, path, protocol)
    const isFirst = !seen.has(key)
    const isFull = isUsedBy(planner, path) && (isFirst || !planner.isCertain)
    const sweep = zoneSweepOf(planner, path, protocol, isFull ? 'all' : 'boundaries')
    if (sweep.numbers.isEmpty) return []
    seen.add(key)
    return [sweep]
  })
}

function classOf(planner: ZonePlanner, path: EndpointPath, protocol: Protocol) {
  const { from, to } = path
  const decided = expectedBetween(planner, path, { family: planner.family, protocol })
  const lines = decided.map(({ value, ...range }) => [range, value.verdict, value.clause])
  return JSON.stringify([from.zone, to.zone, lines])
}

const isUsedBy = ({ facts, family }: ZonePlanner, { from, to }: EndpointPath): boolean =>
  isUsed([facts], family, { from: from.zone, to: to.zone })

/** By path, then by protocol, the order of the report. */
function inOrderOf(paths: readonly EndpointPath[], sweeps: readonly ZoneSweep[]): ZoneSweep[] {
  const key = ({ from, to }: EndpointPath): string => `${from.name} ${to.name}`
  const place = new Map(paths.map((path, i) => [key(path), i]))
  return sweeps.toSorted((a, b) => place.get(key(a))! - place.get(key(b))!)
}

function notesOf(planner: ZonePlanner, paths: readonly EndpointPath[]): string[] {
  const { plan, policy, facts, family } = planner
  const unused = paths.filter((path) => !isUsedBy(planner, path))
  const zones = plan.zones.filter(({ name }) => !policy.zones.includes(name))
  const nobody = policy.zones.filter(
    (zone) => !paths.some(({ from, to }) => from.zone === zone || to.zone === zone),
  )
  const ways = [...new Set(unused.map(({ from, to }) => wayOf(from, to)))]
  return [
    ...ways.map(
      (way) =>
        `no chain of the firewall sees IPv${family} traffic that ${way}: only boundaries were probed`,
    ),
    ...nobody.map((zone) => `zone ${zone} has no IPv${family} address: not probed`),
    ...(zones.length > 0
      ? [
          `not probed, because the policy does not name these zones of the lab: ${zones.map(({ name }) => name).join(', ')}`,
        ]
      : []),
    ...(plan.forwarding
      ? []
      : ['the lab does not forward: only traffic to and from the firewall itself was probed']),
    ...facts.unexamined.map((table) => `table ${table} was not tested`),
  ]
}

function wayOf(from: Endpoint, to: Endpoint): string {
  if (to.zone === FIREWALL) return 'is sent to it'
  return from.zone === FIREWALL ? 'the firewall sends' : 'is forwarded'
}

/** How many numbers are requested for each sweep between endpoints. */
export function sizesAsked(subject: ZoneSubject): number[] {
  return FAMILIES.flatMap((family) =>
    pathsBetween(subject, family).flatMap((path) =>
      PROTOCOLS.map((protocol) => numbersAsked(subject, path, family, protocol).size),
    ),
  ).filter((size) => size > 0)
}
