/** A zone policy and a lab together: the addresses of each endpoint, and contradictions. */

import type { Problem } from '../input/problem.ts'
import { quoted } from '../input/quoted.ts'
import { suggestion } from '../input/suggestion.ts'
import { behind, broadcasts, hostOf, owned, ownOf } from '../lab/address-space.ts'
import { FIREWALL, type LabPlan, type LabZone } from '../lab/lab.ts'
import { addressOfNumber, numberOf } from '../net/address.ts'
import { has } from '../net/interval-set.ts'
import { FAMILIES, type Family } from '../net/protocol.ts'
import { endpointsOf } from '../policy/endpoints.ts'
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
      .filter(
        ({ family, address }) => hostOf(zone, family) && !isBehind(plan, zone, { family, address }),
      )
    if (missing.length === 0) return zone
    const routes = missing.map(({ family, address }) => `${address}/${family === 4 ? 32 : 128}`)
    return { ...zone, routes: [...(zone.routes ?? []), ...routes] }
  })
  return { ...plan, zones }
}

interface Address {
  readonly family: Family
  readonly address: string
}

const isBehind = ({ zones }: LabPlan, zone: LabZone, { family, address }: Address): boolean =>
  has(behind(zone, zones, family), numberOf(address))

const isOwn = ({ zones }: LabPlan, { family, address }: Address): boolean =>
  has(owned(zones, family), numberOf(address))

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

function misplaced({ name, zone: zoneName, addresses }: PolicyHost, plan: LabPlan): Problem[] {
  const zone = plan.zones.find((one) => one.name === zoneName)
  if (!zone) return []
  return addresses.flatMap(({ at, ...address }) => {
    const said = `host ${quoted(name)}: ${address.address}`
    if (isOwn(plan, address))
      return [{ at, message: `${said} is the firewall's own address in this lab` }]
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
      const address = host ? addressOfHost(host, family) : ordinaryOf(policy, plan, end, family)
      return address === undefined ? [] : [[family, address] as const]
    })
    return { ...end, addresses: Object.fromEntries(addresses) }
  })
}

const addressOfHost = ({ addresses }: PolicyHost, family: Family): string | undefined =>
  addresses.find((one) => one.family === family)?.address

/** At most this many addresses of a link's prefix are tried to find a free one. */
const MOST_TRIED = 1024n

/** An address of a zone that no named host has: that of the lab's host, or the next free one. */
function ordinaryOf(
  policy: Policy,
  plan: LabPlan,
  { zone: name }: Endpoint,
  family: Family,
): string | undefined {
  const zone = plan.zones.find((one) => one.name === name)
  const host = zone && hostOf(zone, family)
  if (!zone || !host || zone.linkKind === 'none') return undefined
  const taken = new Set(policy.hosts.flatMap(({ addresses }) => addresses.map((a) => a.address)))
  if (!taken.has(host.address)) return host.address
  const region = behind(zone, plan.zones, family)
  const own = owned(plan.zones, family)
  const first = numberOf(host.address)
  for (let n = 1n; n < MOST_TRIED; n++)
    for (const candidate of [first + n, first - n]) {
      const text = addressOfNumber(family, candidate)
      const isFree = has(region, candidate) && !has(own, candidate) && !taken.has(text)
      if (isFree && !has(broadcasts(plan.zones), candidate)) return text
    }
  return undefined
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
  const host = policy.hosts.find((one) => one.addresses.some((a) => a.address === address))
  if (host) return { name: host.name, zone: host.zone }
  const zone = zones.find((one) => has(behind(one, zones, family), n))
  return zone && policy.zones.includes(zone.name) ? { name: zone.name, zone: zone.name } : undefined
}
