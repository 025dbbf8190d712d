/** The addresses over which a path's packets are varied. */

import {
  type AddressSet,
  behind,
  broadcasts,
  everybody,
  hostOf,
  hosts,
  likeliest,
  multicasts,
  owned,
  ownOf,
  usable,
} from '../lab/address-space.ts'
import { FIREWALL, type LabZone } from '../lab/lab.ts'
import { addressOfNumber, numberOf } from '../net/address.ts'
import { has, type Interval, intersect, normalise, subtract } from '../net/interval-set.ts'
import type { Translation } from '../nft/facts.ts'
import {
  type FieldValue,
  fieldValuesOf,
  type PathSpec,
  type Tier,
  type Variation,
  type VariedField,
} from './field-values.ts'
import { classesOf, type FieldClass } from './representatives.ts'

export interface PathEndpoints {
  readonly from: LabZone | undefined
  readonly to: LabZone | undefined
  readonly source: bigint
  readonly target: bigint
}

/** Undefined if one endpoint has no address of the family. */
export function pathEndpointsOf({ zones, path, family }: PathSpec): PathEndpoints | undefined {
  const zone = (name: string): LabZone | undefined => zones.find((one) => one.name === name)
  const [from, to] = [zone(path.from), zone(path.to)]
  const numberAt = (one: LabZone | undefined, other: LabZone | undefined): bigint | undefined => {
    if (!one) return other && ownOf(other, family)[0]
    const host = hostOf(one, family)
    return host && numberOf(host.address)
  }
  if (!from && path.from !== FIREWALL) return undefined
  if (!to && path.to !== FIREWALL) return undefined
  const [source, target] = [numberAt(from, to), numberAt(to, from)]
  return source === undefined || target === undefined ? undefined : { from, to, source, target }
}

export function sources(spec: PathSpec, { from, source }: PathEndpoints): Variation {
  const { zones, family } = spec
  if (!from) {
    const others = owned(zones, family)
    return addressVariation(spec, {
      field: 'source',
      ordinary: source,
      domain: others,
      near: others,
      isList: true,
    })
  }
  const near = behind(from, zones, family)
  const possible = subtract(
    hosts(family, { isForwarded: spec.path.to !== FIREWALL }),
    normalise([...owned(zones, family), ...broadcasts(zones)]),
  )
  return addressVariation(spec, { field: 'source', ordinary: source, domain: possible, near })
}

export function targets(spec: PathSpec, { from, to, target }: PathEndpoints): Variation {
  const { zones, family } = spec
  const own = owned(zones, family)
  const near = to
    ? subtract(
        intersect(behind(to, zones, family), hosts(family, { isForwarded: true })),
        normalise([...own, ...broadcasts(zones)]),
      )
    : own
  const routed = addressVariation(spec, {
    field: 'target',
    ordinary: target,
    domain: near,
    near,
    isList: !to,
  })
  const translated = from ? translatedTargets(spec, from, near) : []
  const more = subtract(normalise(translated), near)
  if (to || !from) return withTranslated(spec, routed, more)
  // The firewall itself receives broadcasts on the link.
  const all = withTranslated(spec, routed, normalise([...more, ...asked(spec, everybody(zones))]))
  const groups = asked(spec, multicasts(family)).length
  const omitted = groups > 0 ? ['multicast destinations: no host of the lab is in a group'] : []
  return { ...all, omitted: [...all.omitted, ...omitted] }
}

/** The part of a region that rules compare with an address or prefix within it. */
function asked({ facts, family }: PathSpec, region: AddressSet): Interval<bigint>[] {
  const isNarrow = ([first, last]: Interval<bigint>): boolean =>
    last - first < (1n << (family === 4 ? 28n : 120n)) + 1n
  const named = facts.flatMap(({ comparisons }) =>
    comparisons
      .filter((one) => one.field === 'destination' && (one.family ?? family) === family)
      .flatMap(({ intervals }) => intervals as readonly Interval<bigint>[])
      .filter(isNarrow),
  )
  return intersect(normalise(named), region).map(([first, last]) => [first, last])
}

// Addresses that are routed elsewhere and still sent into the zone. Each class of them gets its own
// representative, whatever the zone's own addresses are.
function withTranslated(spec: PathSpec, routed: Variation, domain: AddressSet): Variation {
  const { facts, family } = spec
  const classes = classesOf<bigint>(facts, { ...spec, field: 'destination', domain })
  const allowed = classes
    .map(({ representative }) => addressOfNumber(family, representative))
    .filter((address) => spec.allows?.(address) ?? true)
  const more = allowed.map((value): FieldValue => ({ value, tier: 'plausible' }))
  return { ...routed, others: [...more, ...routed.others] }
}

/**
 * Destinations that the rulesets translate into `region`: those that rules name, else the
 * firewall's own on the sender's link.
 */
function translatedTargets(
  { facts, family, zones }: PathSpec,
  from: LabZone,
  region: AddressSet,
): Interval<bigint>[] {
  const own = ownOf(from, family).map((n): Interval<bigint> => [n, n])
  const possible = hosts(family, { isForwarded: true })
  const isInto = ({ kind, family: of, addresses }: Translation): boolean => {
    if (of !== undefined && of !== family) return false
    if (kind === 'redirect' || kind === 'tproxy')
      return region.length > 0 && intersect(region, owned(zones, family)).length > 0
    return (
      (kind === 'dnat' || kind === 'rewrite') &&
      addresses.length > 0 &&
      intersect(normalise(addresses), region).length > 0
    )
  }
  const rules = facts.flatMap(({ translations }) => translations.filter(isInto))
  return rules.flatMap(({ destinations }) =>
    destinations ? intersect(destinations, possible) : own,
  )
}

interface AddressSpec {
  readonly field: 'source' | 'target'
  readonly ordinary: bigint
  /** Addresses that can be sent. */
  readonly domain: AddressSet
  /** Addresses that belong to this endpoint. */
  readonly near: AddressSet
  /** Single addresses that are each tried. */
  readonly isList?: boolean
}

function addressVariation(
  spec: PathSpec,
  { field, ordinary, domain, near, isList }: AddressSpec,
): Variation {
  const { family } = spec
  const asked = field === 'source' ? 'source' : 'destination'
  const allowed = (n: bigint): boolean => spec.allows?.(addressOfNumber(family, n)) ?? true
  const regions = [intersect(near, usable(family)), near, usable(family)]
  const prefer = (intervals: AddressSet): bigint | undefined =>
    likeliest(intervals, ordinary, regions, allowed)
  const whole = normalise([...domain, [ordinary, ordinary] as const])
  const classes = classesOf<bigint>(spec.facts, {
    ...spec,
    field: asked,
    domain: whole,
    prefer,
    isDomainEdge: isList === true,
  })
  const sent = classes.filter(({ representative }) => allowed(representative))
  const tierOf = (n: bigint): Tier => (has(near, n) ? 'plausible' : 'spoofed')
  const others = fieldValuesOf(sent, ordinary, tierOf, allowed).map(({ value, tier }) => ({
    value: addressOfNumber(family, value),
    tier,
  }))
  return {
    field,
    ordinary: addressOfNumber(family, ordinary),
    others: classes.length > 1 || isList ? others : [],
    omitted: classes.length > 1 ? leftOut(field, classes, sent) : [],
  }
}

function leftOut(
  field: VariedField,
  classes: readonly FieldClass<bigint>[],
  sent: readonly FieldClass<bigint>[],
): string[] {
  const unsent = classes.length - sent.length
  const edges = classes.reduce((sum, { edgesLeft }) => sum + edgesLeft, 0)
  return [
    ...(unsent > 0 ? [`${unsent} classes of ${field} addresses that may not be sent`] : []),
    ...(edges > 0 ? [`${edges} edges of ${field} classes`] : []),
  ]
}
