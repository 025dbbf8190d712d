/** Who may have grants, and towards what: in an egress policy every project, in a policy for zones its hosts. */
import type { Zone } from '../lab/zone.ts'
import { speaksOf } from './endpoints.ts'
import type { Policy, PolicyHost } from './policy.ts'
import { type Ends, OUTBOUND } from './statements.ts'

/** The hosts of a policy for zones that may have grants. */
export const hostsWithGrants = ({
  hosts,
  grants,
}: Pick<Policy, 'hosts' | 'grants'>): readonly PolicyHost[] =>
  grants
    ? hosts.filter((host) => speaksOf(grants.from, host) && !grants.to.includes(host.zone))
    : []

/** The path on which the grants of a project, or of a host, open ports. */
export function endsOfGrants(policy: Policy, project: string): Ends {
  const host = hostsWithGrants(policy).find(({ name }) => name === project)
  const [to] = policy.grants?.to ?? []
  return host && to !== undefined ? { from: host, to: { name: to, zone: to } } : OUTBOUND
}

/**
 * The same hosts as projects, behind the links of their zones. Without those whose names no request
 * can have.
 */
export const grantees = (policy: Policy, links: ReadonlyMap<string, string>): Zone[] =>
  hostsWithGrants(policy)
    .filter(({ name }) => /^[a-z][a-z0-9-]*$/.test(name))
    .map(({ name, zone, addresses, organization }) => ({
      name,
      kind: 'project',
      ...(organization === undefined ? {} : { organization }),
      link: links.get(zone)!,
      addresses,
    }))
