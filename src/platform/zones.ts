/** A platform with a policy for zones: its projects are the policy's hosts, behind the links of a lab. */
import type { SourcePosition } from '../input/position.ts'
import type { Problem } from '../input/problem.ts'
import type { LabPlan } from '../lab/lab.ts'
import type { Zone } from '../lab/zone.ts'
import { grantees } from '../policy/grantees.ts'
import type { Policy } from '../policy/policy.ts'

/** The firewall's interface of each zone. */
export const linksOf = ({ zones }: LabPlan): ReadonlyMap<string, string> =>
  new Map(zones.map(({ name, link }) => [name, link]))

/** The hosts that may have grants, and the zone towards which grants open ports. */
export function zonesWithGrants(policy: Policy, lab: LabPlan): Zone[] {
  const [to] = policy.grants?.to ?? []
  const target = lab.zones.find(({ name }) => name === to)
  return [
    ...grantees(policy, linksOf(lab)),
    ...(target
      ? [
          {
            name: target.name,
            kind: 'internet' as const,
            link: target.link,
            addresses: target.addresses,
          },
        ]
      : []),
  ]
}

/** Reported where the policy is named. */
export function problemsOfTerms({ id, file, grants }: Policy, at: SourcePosition): Problem[] {
  if (grants) return []
  return [{ at, message: `policy ${id}: takes no grants: add "grants" to ${file}` }]
}
