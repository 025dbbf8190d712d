/** A zone policy and a lab together: the addresses of each endpoint, and contradictions. */

import type { Problem } from '../input/problem.ts'
import { quoted } from '../input/quoted.ts'
import { suggestion } from '../input/suggestion.ts'
import { behind, broadcasts, hostOf, intervalOf, owned, ownOf } from '../lab/address-space.ts'
import { behindDefault } from '../lab/default-zone.ts'
import { FIREWALL, type LabPlan, type LabZone } from '../lab/lab.ts'
import type { Zone } from '../lab/zone.ts'
import {
  addressAt,
  addressOfNumber,
  numberOf,
  USABLE_PREFIXES,
  type ZoneAddress,
} from '../net/address.ts'
import { has, intersect, subtract } from '../net/interval-set.ts'
import { isHost, prefixText } from '../net/prefix.ts'
import { FAMILIES, type Family } from '../net/protocol.ts'
import { endpointsOf } from '../policy/endpoints.ts'
import { addressOfHost, firstAddressOf, hostAddressText, hostAt } from '../policy/host-address.ts'
import type { Endpoint, Policy, PolicyHost } from '../policy/policy.ts'

/**
 * An endpoint with its addresses in the lab. The firewall's own addresses depend on the other
 * endpoint.
 */
export interface PlacedEndpoint extends Endpoint {
  readonly addresses: Readonly<Partial<Record<Family, string>>>
}

/** Hosts of the policy that are outside an inferred lab's prefixes are routed to their zones. */
export function withHosts(plan: LabPlan, { hosts }: Policy): LabPlan {
  const zones = plan.zones.map((zone): LabZone => {
    const missing = hosts
      .filter((host) => host.zone === zone.name)
      .flatMap(({ addresses }) => addresses)
      .filter((address) => hostOf(zone, address.family) && !isBehind(plan, zone, address))
    if (missing.length === 0) return zone
    const routes = missing.map(prefixText)
    return { ...zone, routes: [...(zone.routes ?? []), ...routes] }
  })
  return { ...plan, zones }
}

/** All of it. */
const isBehind = ({ zones }: LabPlan, zone: LabZone, host: ZoneAddress): boolean =>
  subtract([intervalOf(host)], behind(zone, zones, host.family)).length === 0

/** Some of it. */
const isOwn = ({ zones }: LabPlan, host: ZoneAddress): boolean =>
  intersect(owned(zones, host.family), [intervalOf(host)]).length > 0

/** Contradictions between the policy and the lab, reported at the policy's line. */
export function problemsOfFit(policy: Policy, plan: LabPlan): Problem[] {
  const known = plan.zones.map(({ name }) => name)
  const missing = policy.zones.flatMap((zone, i) =>
    known.includes(zone)
      ? []
      : [
          {
            at: policy.zonesAt[i]!,
            message: `zone ${quoted(zone)}: the lab has no zone of this name: name its interface in the scenario with "zones: { ${zone}: INTERFACE }"${suggestion(zone, known)}`,
          },
        ],
  )
  return [...missing, ...policy.hosts.flatMap((host) => misplaced(host, plan))]
}

/** Hosts of an egress policy that are not where the Internet is. Families that it lacks are not probed. */
export function problemsOfInternetHosts({ hosts }: Policy, all: readonly Zone[]): Problem[] {
  const plan = behindDefault(all)
  return hosts.flatMap(({ addresses, ...host }) => {
    if (all.some(({ name }) => name === host.name))
      return [
        {
          at: host.at,
          message: `host ${quoted(host.name)}: a project already has this name: choose another one`,
        },
      ]
    const zone = plan.zones.find((one) => one.name === host.zone)
    const own = addresses.filter(({ family }) => zone && hostOf(zone, family))
    return misplaced({ ...host, addresses: own }, plan)
  })
}

function misplaced({ name, zone: zoneName, addresses }: PolicyHost, plan: LabPlan): Problem[] {
  const zone = plan.zones.find((one) => one.name === zoneName)
  if (!zone) return []
  return addresses.flatMap(({ at, ...address }) => {
    const said = `host ${quoted(name)}: ${hostAddressText(address)}`
    if (isOwn(plan, address))
      return [
        {
          at,
          message: `${said} ${isHost(address) ? 'is' : 'contains'} the firewall's own address in this lab`,
        },
      ]
    if (isBehind(plan, zone, address)) return []
    const where = plan.zones.find((one) => isBehind(plan, one, address))
    const to = where ? `is routed to zone ${where.name}` : 'is routed nowhere'
    return [{ at, message: `${said} ${to} in this lab, not to ${zoneName}` }]
  })
}

/**
 * Every endpoint that has an address. Without addresses of a family, it has no traffic of that
 * family.
 */
export function placeEndpoints(policy: Policy, plan: LabPlan): PlacedEndpoint[] {
  return endpointsOf(policy).map((end) => {
    const host = policy.hosts.find(({ name }) => name === end.name)
    const addresses = FAMILIES.flatMap((family) => {
      const own = host && addressOfHost(host, family)
      const address = host
        ? own && firstAddressOf(own)
        : ordinaryAddress(policy.hosts, plan, end.zone, family)
      return address === undefined ? [] : [[family, address] as const]
    })
    return { ...end, addresses: Object.fromEntries(addresses) }
  })
}

/** At most this many addresses of a link's prefix are tried to find a free one. */
const MOST_TRIED = 1024

/** An address of a zone that no named host has: that of the lab's host, or the next free one. */
export function ordinaryAddress(
  hosts: readonly PolicyHost[],
  { zones }: LabPlan,
  name: string,
  family: Family,
): string | undefined {
  const zone = zones.find((one) => one.name === name)
  const host = zone && hostOf(zone, family)
  if (!zone || !host || zone.linkKind === 'none') return undefined
  const isNamed = (address: string): boolean => hostAt(hosts, { family, address }) !== undefined
  if (!isNamed(host.address)) return host.address
  const region = behind(zone, zones, family)
  const own = owned(zones, family)
  const isFree = (n: bigint): boolean =>
    has(region, n) && !has(own, n) && !has(broadcasts(zones), n)
  return candidates(numberOf(host.address), family)
    .filter(isFree)
    .map((n) => addressOfNumber(family, n))
    .find((address) => !isNamed(address))
}

/** The nearest ones, then one of each prefix that may be probed. */
function candidates(first: bigint, family: Family): bigint[] {
  const near = Array.from({ length: MOST_TRIED }, (_, i) => BigInt(i + 1))
  return [
    ...near.flatMap((n) => [first + n, first - n]),
    ...USABLE_PREFIXES.filter((prefix) => prefix.family === family).map((prefix) =>
      numberOf(addressAt(prefix, 1n)),
    ),
  ]
}

/** The firewall's own address on the link of a zone. */
export function ownAddress(
  { zones }: LabPlan,
  zoneName: string,
  family: Family,
): string | undefined {
  const zone = zones.find(({ name }) => name === zoneName)
  const own = zone && ownOf(zone, family)[0]
  return own === undefined ? undefined : addressOfNumber(family, own)
}

/** The endpoint of an address in terms of the policy. Undefined if it belongs to none. */
export function endpointAt(
  policy: Policy,
  { zones }: LabPlan,
  address: string,
  family: Family,
): Endpoint | undefined {
  const n = numberOf(address)
  if (has(owned(zones, family), n)) return { name: FIREWALL, zone: FIREWALL }
  const host = hostAt(policy.hosts, { family, address })
  if (host) return { name: host.name, zone: host.zone }
  const zone = zones.find((one) => has(behind(one, zones, family), n))
  return zone && policy.zones.includes(zone.name) ? { name: zone.name, zone: zone.name } : undefined
}
