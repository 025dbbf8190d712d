/** Sweeps beside those between zones: towards the hosts of the policy, and at the edges of networks. */
import { behind } from '../lab/address-space.ts'
import { FIREWALL } from '../lab/lab.ts'
import {
  addressOfNumber,
  networkText,
  numberOf,
  type Prefix,
  prefixSize,
  type ZoneAddress,
} from '../net/address.ts'
import { has } from '../net/interval-set.ts'
import { bitsOf, isHost } from '../net/prefix.ts'
import { hasPorts } from '../net/protocol.ts'
import { EVERY_PROJECT, type SweepPlan } from '../scenario/scenario.ts'
import type { Planner } from './planned-sweep.ts'
import { edgesOf } from './request-targets.ts'

type Hosts = Pick<Planner, 'scenario' | 'policy' | 'places'>

/**
 * Each host of the zone on its own path, unless the scenario has a sweep for it. What the scenario
 * itself states holds for the zone's other addresses.
 */
export function hostPlans(of: Hosts, plan: SweepPlan): SweepPlan[] {
  const end = endWithHosts(of, plan)
  if (!end) return []
  const { states: _, ...rest } = plan
  const own = of.scenario.sweeps.filter(({ from }) => from === plan.from || from === EVERY_PROJECT)
  return of.policy.hosts
    .filter(({ name }) => !own.some((one) => one[end] === name))
    .map(({ name, addresses }) => ({
      ...rest,
      [end]: name,
      families: plan.families.filter((family) => addresses.some((one) => one.family === family)),
    }))
}

/** The end at which the hosts of the policy are. What is spoofed, or sent elsewhere, is not swept towards each. */
function endWithHosts({ scenario }: Hosts, plan: SweepPlan): 'from' | 'to' | undefined {
  if (plan.as || plan.towards || plan.answer !== 'reply') return undefined
  const isInternet = (name: string): boolean =>
    scenario.zones.some((zone) => zone.name === name && zone.kind === 'internet')
  if (isInternet(plan.to)) return 'to'
  return isInternet(plan.from) && plan.to === FIREWALL ? 'from' : undefined
}

/** At most this many networks are probed at their edges. */
const MOST_NETWORKS = 16

/** The first and last address of each network of a host, and their neighbours. */
export function edgesOfHosts(of: Hosts, plan: SweepPlan): SweepPlan[] {
  if (endWithHosts(of, plan) !== 'to') return []
  const { zones } = of.places.lab
  const zone = zones.find(({ name }) => name === plan.to)!
  const networks = of.policy.hosts
    .flatMap(({ addresses }) => addresses)
    .filter((one) => !isHost(one) && plan.families.includes(one.family))
  return networks.slice(0, MOST_NETWORKS).flatMap(({ family, ...network }) => {
    const first = numberOf(network.address)
    const last = first + prefixSize({ ...network, family }) - 1n
    const region = behind(zone, zones, family)
    return [first - 1n, first, last, last + 1n]
      .filter((n) => has(region, n))
      .map((n) => towards({ ...plan, families: [family] }, { family, n }))
  })
}

function towards(
  plan: SweepPlan,
  { family, n }: { readonly family: ZoneAddress['family']; readonly n: bigint },
): SweepPlan {
  const address = addressOfNumber(family, n)
  const { states: _, ...rest } = plan
  return {
    ...rest,
    towards: { label: address, addresses: [{ family, address, prefixLength: bitsOf(family) }] },
  }
}

/** Destinations of grants, at whose edges probes are sent. */
const MOST_DESTINATIONS = 16

/**
 * If some grants have destinations, every project is also probed at the edges of these. Not if the
 * scenario names its own destination.
 */
export function edgesOfDestinations(planner: Planner, plan: SweepPlan): SweepPlan[] {
  if (plan.towards || plan.answer !== 'reply' || plan.to === FIREWALL) return []
  return destinationEdges(planner).map(
    ({ family, address }): SweepPlan => ({
      ...plan,
      towards: { label: address, addresses: [{ family, address, prefixLength: bitsOf(family) }] },
      families: plan.families.filter((one) => one === family),
      protocols: plan.protocols.filter(hasPorts),
    }),
  )
}

type Edge = Pick<Prefix, 'family' | 'address'>

/** The same for every project, so they are kept. */
const known = new WeakMap<Planner, readonly Edge[]>()

function destinationEdges(planner: Planner): readonly Edge[] {
  const before = known.get(planner)
  if (before) return before
  const { scenario, grants } = planner
  const destinations = grants.flatMap((grant) => grant.destinations)
  const distinct = [...new Map(destinations.map((d) => [networkText(d), d])).values()]
  const edges = distinct.slice(0, MOST_DESTINATIONS).flatMap((prefix) =>
    edgesOf(prefix, destinations, scenario).map(({ address }) => ({
      family: prefix.family,
      address,
    })),
  )
  known.set(planner, edges)
  return edges
}
