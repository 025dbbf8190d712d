/**
 * Sweeps beyond the ordinary addresses: a firewall may tell addresses apart that
 * the policy does not. One of every class that it makes is probed, on boundaries.
 */
import { numberOf } from '../addresses.ts'
import { type Combination, combinationsOf } from '../firewall/combinations.ts'
import { has, type Interval, normalise } from '../firewall/intervals.ts'
import { behind, networkOf, owned, type Region } from '../firewall/regions.ts'
import { PROTOCOLS, type Protocol } from '../flow.ts'
import { FIREWALL, type LabZone } from '../lab/lab.ts'
import { endAt } from './fit.ts'
import { type EndPath, sweepOf, type ZonePlanner, type ZoneSweep } from './zone-sweep.ts'

/** Of one pair of zones and one protocol. */
const MOST_VARIED = 64
/** Combinations that are looked at for these: most of them are not the policy's affair. */
const MOST_TRIED = 4096

export interface VariedSweeps {
  readonly sweeps: readonly ZoneSweep[]
  readonly notes: readonly string[]
}

export function variedSweeps(planner: ZonePlanner, paths: readonly EndPath[]): VariedSweeps {
  const known = new Set(paths.map(({ source, target }) => `${source} ${target} `))
  const pairs = new Map(
    paths.map(({ from, to }) => [`${from.zone} ${to.zone}`, { from: from.zone, to: to.zone }]),
  )
  const found = [...pairs.values()].flatMap((pair) =>
    PROTOCOLS.map((protocol) => variedBetween(planner, pair, { protocol, known, paths })),
  )
  const left = found.filter(({ isCut }) => isCut).length
  return {
    sweeps: found.flatMap(({ sweeps }) => sweeps),
    notes:
      left > 0
        ? [
            `${MOST_VARIED} classes of addresses and source ports were tried of each of ${left} paths and protocols, which have more`,
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
  readonly paths: readonly EndPath[]
}

function variedBetween(planner: ZonePlanner, pair: Pair, { protocol, known, paths }: Context) {
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
    if (sweeps.length >= MOST_VARIED || ++tried > MOST_TRIED) return { sweeps, isCut: true }
    const path = isPlain(one) ? pathOf(planner, pair, one) : undefined
    const { source, target, sourcePort } = one.shape
    if (!path || known.has(`${source} ${target} ${isPortVaried(one) ? sourcePort : ''}`)) continue
    const sweep = sweepOf(planner, path, protocol, 'boundaries')
    if (sweep.numbers.isEmpty) continue
    sweeps.push({
      ...sweep,
      ...labelsOf(paths, path),
      ...(isPortVaried(one) ? { sourcePort: sourcePort! } : {}),
    })
  }
  return { sweeps, isCut: false }
}

const isPortVaried = ({ fields, shape }: Combination): boolean =>
  fields.includes('sourcePort') && shape.sourcePort !== undefined

/** The policy speaks of addresses; lengths, hops and marks are not its affair. */
const isPlain = ({ fields }: Combination): boolean =>
  fields.every((field) => field === 'source' || field === 'target' || field === 'sourcePort')

/** Undefined where an address belongs elsewhere: who borrows one is not who the policy speaks of. */
function pathOf(
  { policy, plan, family }: ZonePlanner,
  pair: Pair,
  { shape: { source, target } }: Combination,
): EndPath | undefined {
  const isAt = (zoneName: string, address: string): boolean => {
    const zone = plan.zones.find(({ name }) => name === zoneName)
    const region = zone ? behind(zone, plan.zones, family) : owned(plan.zones, family)
    const isOwn = has(owned(plan.zones, family), numberOf(address))
    const isHost = family === 4 || !has(anycasts(plan.zones), numberOf(address))
    return has(region, numberOf(address)) && isHost && isOwn === (zoneName === FIREWALL)
  }
  if (!isAt(pair.from, source) || !isAt(pair.to, target)) return undefined
  const [from, to] = [source, target].map((address) => endAt(policy, plan, address, family))
  return from && to ? { from, to, source, target } : undefined
}

/** First addresses of the links' IPv6 prefixes: any router's there, the firewall's among them (RFC 4291 §2.6.1). */
function anycasts(zones: readonly LabZone[]): Region {
  const links = zones.flatMap(({ addresses, own = [] }) => [...addresses, ...own])
  return normalise(
    links
      .filter(({ family }) => family === 6)
      .map(networkOf)
      .map(([first]): Interval<bigint> => [first, first]),
  )
}

/** What is not said by the ends' names alone. */
function labelsOf(paths: readonly EndPath[], { from, to, source, target }: EndPath) {
  const plain = paths.find((one) => one.from.name === from.name && one.to.name === to.name)
  return {
    ...(plain?.source === source ? {} : { as: source }),
    ...(plain?.target === target ? {} : { destination: target }),
  }
}
