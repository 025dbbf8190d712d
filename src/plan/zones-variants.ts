/**
 * Sweeps of special packets, between the zones of a policy. Addresses of other zones are spoofed: a
 * sender must not gain anything by them.
 */

import { PortSet } from '../net/port-set.ts'
import { PROTOCOLS, type Protocol } from '../net/protocol.ts'
import { endpointAt } from '../scenario/lab-fit.ts'
import type { CutPair } from './cut-rules.ts'
import { cutNote, type Variant, variantsOf } from './variants.ts'
import {
  type EndpointPath,
  expectedBetween,
  type ZonePlanner,
  type ZoneSweep,
  zoneSweepOf,
} from './zone-sweep.ts'

export interface VariantSweeps {
  readonly sweeps: readonly ZoneSweep[]
  readonly notes: readonly string[]
  readonly cut: readonly CutPair[]
}

export function variantSweeps(planner: ZonePlanner, paths: readonly EndpointPath[]): VariantSweeps {
  const facts = [planner.facts]
  const { zones } = planner.plan
  const known = new Set(paths.map(({ source, target }) => `${source} ${target} `))
  const pairs = new Map(
    paths.map(({ from, to }) => [`${from.zone} ${to.zone}`, { from: from.zone, to: to.zone }]),
  )
  const { family } = planner
  const found = [...pairs.values()].flatMap((path) =>
    PROTOCOLS.map((protocol) => {
      const varied = variantsOf({ facts, zones, path, family, protocol }, (variant) => {
        const own = endsOf(planner, path, variant)
        return own ? askedOf(planner, { path: own, protocol, variant, known, paths }) : []
      })
      return { ...varied, path, protocol }
    }),
  )
  const left = found.filter(({ isCut }) => isCut).length
  return {
    sweeps: found.flatMap((one) => one.found),
    notes: left > 0 ? [cutNote(left)] : [],
    cut: found.flatMap(({ path, protocol, cut }) =>
      cut.length > 0 ? [{ path, family, protocol, cut }] : [],
    ),
  }
}

interface Asked {
  readonly path: EndpointPath
  readonly protocol: Protocol
  readonly variant: Variant
  /** Addresses that are already swept. */
  readonly known: ReadonlySet<string>
  readonly paths: readonly EndpointPath[]
}

/**
 * Expected ports are probed as with ordinary packets. With all other packets, only ports that are
 * blocked for every packet are probed.
 */
function askedOf(
  planner: ZonePlanner,
  { path, protocol, variant, known, paths }: Asked,
): ZoneSweep[] {
  const { packet, sourcePort, promised } = variant
  const { source, target, sourcePort: _, ...fields } = packet
  const isPlain = Object.keys(fields).length === 0
  if (isPlain && !variant.isBorrowed && known.has(`${source} ${target} ${sourcePort ?? ''}`))
    return []
  const sweep = {
    ...zoneSweepOf(planner, path, protocol, 'boundaries'),
    ...labelsOf(paths, path, variant),
    ...(sourcePort === undefined ? {} : { sourcePort }),
    packet: fields,
    isVariant: true as const,
  }
  const negative = sweep.numbers.subtract(promised).intersect(blocked(planner, sweep))
  return [
    { ...sweep, numbers: sweep.numbers.intersect(promised) },
    { ...sweep, numbers: negative, isNegative: true as const },
  ].filter(({ numbers }) => !numbers.isEmpty)
}

/** The numbers that the policy forbids between the endpoints. */
function blocked(planner: ZonePlanner, sweep: ZoneSweep): PortSet {
  const decided = expectedBetween(planner, sweep, sweep)
  return PortSet.of(...decided.filter(({ value }) => value.verdict !== 'open'))
}

/** For the policy, a sender with a spoofed address is any host of its own zone. */
function endsOf(
  { policy, plan, family }: ZonePlanner,
  pair: { readonly from: string },
  { packet: { source, target }, isBorrowed }: Variant,
): EndpointPath | undefined {
  const at = (address: string) => endpointAt(policy, plan, address, family)
  const to = at(target)
  const anyone = policy.zones.includes(pair.from) ? { name: pair.from, zone: pair.from } : undefined
  const from = isBorrowed ? anyone : at(source)
  return from && to ? { from, to, source, target } : undefined
}

/** The fields that the endpoints' names do not show. */
function labelsOf(
  paths: readonly EndpointPath[],
  { from, to, source, target }: EndpointPath,
  { labels }: Variant,
) {
  const plain = paths.find((one) => one.from.name === from.name && one.to.name === to.name)
  const as = [...(plain?.source === source ? [] : [source]), ...labels].join(', ')
  return {
    ...(as === '' ? {} : { as }),
    ...(plain?.target === target ? {} : { destination: target }),
  }
}
