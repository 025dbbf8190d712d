/** Where the names of a scenario are: the zone of the lab, the end as the policy knows it, an address. */
import { behindDefault } from '../lab/default-zone.ts'
import { FIREWALL, type LabPlan } from '../lab/lab.ts'
import type { Zone } from '../lab/zone.ts'
import type { Family } from '../net/protocol.ts'
import { addressOfHost, firstAddressOf, hostAt } from '../policy/host-address.ts'
import type { Endpoint, Policy, PolicyHost } from '../policy/policy.ts'
import { ordinaryAddress, ownAddress } from '../scenario/lab-fit.ts'

export interface Places {
  readonly lab: LabPlan
  /** The zone of the lab in which a zone or a host is. */
  zoneOf(name: string): string
  /** The end of a policy that an address in a zone of the lab is. */
  endAt(zone: string, family: Family, address: string): Endpoint
  /** That of a zone or a host; or the firewall's own on the link of the other end. */
  addressOf(name: string, other: string, family: Family): string
}

/** In the lab of a policy for zones, whose names are the policy's. */
export function zonePlaces(policy: Policy, lab: LabPlan): Places {
  const hostNamed = (name: string): PolicyHost | undefined =>
    policy.hosts.find((host) => host.name === name)
  const zoneOf = (name: string): string => hostNamed(name)?.zone ?? name
  return {
    lab,
    zoneOf,
    // A host's address that is spoofed behind another link is any address there.
    endAt: (zone, family, address) => {
      const host = hostAt(policy.hosts, { family, address })
      return { name: host?.zone === zone ? host.name : zone, zone }
    },
    addressOf: (name, other, family) =>
      addressIn({ policy, lab, host: hostNamed(name) }, { name, other: zoneOf(other), family }),
  }
}

/** To an egress policy, a zone is what its kind is, and every host is on the Internet. */
export function egressPlaces(zones: readonly Zone[], policy: Policy): Places {
  const lab = behindDefault(zones)
  const internet = zones.find(({ kind }) => kind === 'internet')
  const zoneNamed = (name: string): Zone | undefined => zones.find((zone) => zone.name === name)
  const hostNamed = (name: string): PolicyHost | undefined =>
    zoneNamed(name) ? undefined : policy.hosts.find((host) => host.name === name)
  const zoneOf = (name: string): string => {
    if (name === FIREWALL || zoneNamed(name)) return name
    if (hostNamed(name) && internet) return internet.name
    throw new Error(`no zone or host is named ${JSON.stringify(name)}`)
  }
  return {
    lab,
    zoneOf,
    endAt: (zone, family, address) => {
      const kind = zone === FIREWALL ? FIREWALL : zoneNamed(zone)!.kind
      const host = kind === 'internet' ? hostAt(policy.hosts, { family, address }) : undefined
      return { name: host?.name ?? kind, zone: kind }
    },
    addressOf: (name, other, family) =>
      addressIn({ policy, lab, host: hostNamed(name) }, { name, other: zoneOf(other), family }),
  }
}

interface Where {
  readonly policy: Policy
  readonly lab: LabPlan
  readonly host: PolicyHost | undefined
}

interface Named {
  readonly name: string
  readonly other: string
  readonly family: Family
}

function addressIn({ policy, lab, host }: Where, { name, other, family }: Named): string {
  const own = host && addressOfHost(host, family)
  const found =
    name === FIREWALL
      ? ownAddress(lab, other, family)
      : host
        ? own && firstAddressOf(own)
        : ordinaryAddress(policy.hosts, lab, name, family)
  if (found === undefined) throw new Error(`${name} has no IPv${family} address`)
  return found
}
