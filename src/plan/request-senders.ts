/** Who sends in the measurement of a request: the project, and others that must not gain anything. */
import type { LabPlan } from '../lab/lab.ts'
import type { Zone } from '../lab/zone.ts'
import type { Prefix } from '../net/address.ts'
import type { PortSet } from '../net/port-set.ts'
import { bitsOf } from '../net/prefix.ts'
import { FAMILIES, type Family } from '../net/protocol.ts'
import type { Grant } from '../policy/grant.ts'
import type { Policy } from '../policy/policy.ts'
import type { Request } from '../request/request.ts'
import { ordinaryAddress } from '../scenario/lab-fit.ts'

export interface Setting {
  readonly policy: Policy
  /** Zones of the whole platform. */
  readonly zones: readonly Zone[]
  /** The grants in force today, without the request. */
  readonly grants: readonly Grant[]
  /** Of a policy for zones; absent: the links of the zones. */
  readonly lab?: LabPlan | undefined
  /** The ports of a complete sweep. Absent: all ports. For tests of the conclusions. */
  readonly ports?: PortSet
}

/** Up to three other projects; of a policy for zones, also another address of the same zone. */
export const otherSenders = (request: Request, setting: Setting, project: Zone): Zone[] => [
  ...otherProjects(request, setting, project),
  ...neighbours(setting, project),
]

export function familiesOf({ addresses }: Zone): Family[] {
  return FAMILIES.filter((family) => addresses.some((a) => a.family === family))
}

/**
 * One project on another link and one on the same link, without the requested ports if possible,
 * and one with grants of its own.
 */
function otherProjects({ tcp, udp }: Request, { zones, grants }: Setting, project: Zone): Zone[] {
  const others = zones.filter(({ kind, name }) => kind === 'project' && name !== project.name)
  const grantsOf = ({ name }: Zone): Grant[] => grants.filter((grant) => grant.project === name)
  const isWithout = (zone: Zone): boolean =>
    grantsOf(zone).every(
      (grant) => grant.tcp.intersect(tcp).isEmpty && grant.udp.intersect(udp).isEmpty,
    )
  const pick = (own: readonly Zone[]): Zone[] =>
    (own.find(isWithout) ?? own[0]) ? [own.find(isWithout) ?? own[0]!] : []
  const chosen = [
    ...pick(others.filter(({ link }) => link !== project.link)),
    ...pick(others.filter(({ link }) => link === project.link)),
    ...others.filter((zone) => grantsOf(zone).length > 0).slice(0, 1),
  ]
  return [...new Set(chosen)]
}

/** Of a policy for zones: another address of the host's own zone, which no host has. */
function neighbours({ policy, lab }: Setting, project: Zone): Zone[] {
  const zone = policy.hosts.find(({ name }) => name === project.name)?.zone
  if (!lab || zone === undefined) return []
  const addresses = familiesOf(project).flatMap((family): Prefix[] => {
    const address = ordinaryAddress(policy.hosts, lab, zone, family)
    return address === undefined ? [] : [{ family, address, prefixLength: bitsOf(family) }]
  })
  return addresses.length === 0
    ? []
    : [{ name: zone, kind: 'project', link: project.link, addresses }]
}
