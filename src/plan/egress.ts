/** The sweeps of a scenario: one for each path, family and protocol, in the order of the report. */

import type { Zone } from '../lab/zone.ts'
import type { ZoneAddress } from '../net/address.ts'
import { FAMILIES, type Family, PROTOCOLS, type Protocol } from '../net/protocol.ts'
import { type Grant, remaining } from '../policy/grant.ts'
import type { Policy } from '../policy/policy.ts'
import { takesGrants } from '../policy/takes-grants.ts'
import { EVERY_PROJECT, type SweepPlan } from '../scenario/scenario.ts'
import { edgesOfDestinations, edgesOfHosts, hostPlans } from './egress-hosts.ts'
import { type Kind, placesOf, planSweep } from './egress-sweep.ts'
import type { PlannedSweep, Planner, Selection, Sweepable } from './planned-sweep.ts'

/**
 * Every sweep of the scenario within the selection. If grants are revoked, the sweeps that depend
 * on them follow once more. Empty if the selection excludes all sweeps.
 */
export function planSweeps(subject: Sweepable, selection: Selection): PlannedSweep[] {
  const byProject = Map.groupBy(subject.grants, ({ project }) => project)
  const planner = { ...subject, byProject, selection, places: placesOf(subject) }
  const sweeps = subject.scenario.sweeps.flatMap((plan) =>
    plan.from === EVERY_PROJECT ? everyProject(planner, plan) : oneSender(planner, plan),
  )
  return [...sweeps, ...afterRevocation(subject, sweeps)]
}

function afterRevocation(
  { scenario, policy }: Sweepable,
  sweeps: readonly PlannedSweep[],
): PlannedSweep[] {
  if (scenario.revoke.length === 0) return []
  return sweeps.filter(isGrantable(policy)).map((sweep) => ({
    ...sweep,
    grants: remaining(sweep.grants, scenario),
    after: 'revocation',
  }))
}

/** Whether a grant can change the outcome. */
const isGrantable =
  (policy: Policy) =>
  ({ plan, protocol, ends, spoofed }: PlannedSweep): boolean =>
    takesGrants(policy, ends, protocol) && !spoofed && plan.answer === 'reply'

type Role = Pick<Kind, 'detail' | 'coverage'>

/** Towards the zone, each of its hosts, and both sides of the edges of these. */
function oneSender(planner: Planner, plan: SweepPlan): PlannedSweep[] {
  const of = (detail: Kind['detail']) => (own: SweepPlan) =>
    sweepsOf(planner, own, { detail, coverage: undefined })
  return [
    ...[plan, ...hostPlans(planner, plan)].flatMap(of('all')),
    ...edgesOfHosts(planner, plan).flatMap(of('telling')),
  ]
}

function sweepsOf(planner: Planner, plan: SweepPlan, role: Role): PlannedSweep[] {
  const { selection } = planner
  return FAMILIES.filter(
    (f) => plan.families.includes(f) && (selection.families?.includes(f) ?? true),
  )
    .flatMap((family) =>
      PROTOCOLS.filter((p) => isPlanned(p, plan) && isSelected(p, selection)).map((protocol) =>
        planSweep(planner, plan, { family, protocol, ...role }),
      ),
    )
    .filter((sweep) => !sweep.numbers.isEmpty && isBetween(sweep, selection))
}

/** A zone is selected with its hosts. */
function isBetween({ plan, path }: PlannedSweep, { from, to }: Selection): boolean {
  const isMeant = (names: readonly string[] | undefined, key: 'from' | 'to'): boolean =>
    names === undefined || names.includes(plan[key]) || names.includes(path[key])
  return isMeant(from, 'from') && isMeant(to, 'to')
}

/** Projects with the same grants form a class. The first project of each is swept on all ports. */
function everyProject(planner: Planner, plan: SweepPlan): PlannedSweep[] {
  const projects = planner.scenario.zones.filter(({ kind }) => kind === 'project')
  const classes = [
    ...Map.groupBy(
      projects,
      (p) => `${familiesKey(p)} ${grantsKey(planner.byProject.get(p.name))}`,
    ).values(),
  ]
  return classes.flatMap((members, i) =>
    members.flatMap(({ name, addresses }, k) => {
      const own = { ...plan, from: name, families: plan.families.filter(isAmong(addresses)) }
      const coverage = { class: i + 1, members: members.length, representative: members[0]!.name }
      const full: Role =
        k === 0
          ? { detail: 'all', coverage: { ...coverage, role: 'representative' } }
          : { detail: 'telling', coverage: { ...coverage, role: 'member' } }
      const edge: Role = { detail: 'telling', coverage: { ...coverage, role: 'member' } }
      return [
        ...[own, ...hostPlans(planner, own)].flatMap((one) => sweepsOf(planner, one, full)),
        ...[...edgesOfHosts(planner, own), ...edgesOfDestinations(planner, own)].flatMap((one) =>
          sweepsOf(planner, one, edge),
        ),
      ]
    }),
  )
}

/**
 * Projects with addresses of other families form another class, because they send other packets.
 */
const familiesKey = ({ addresses }: Zone): string =>
  addresses
    .map(({ family }) => family)
    .sort()
    .join('')

const isAmong =
  (addresses: readonly ZoneAddress[]) =>
  (family: Family): boolean =>
    addresses.some((a) => a.family === family)

/** Equal text for equal grants, whatever the project and the request are. */
function grantsKey(grants: readonly Grant[] = []): string {
  const texts = grants.map(({ tcp, udp, destinations }) => {
    const towards = destinations.map((d) => `${d.address}/${d.prefixLength}`).sort()
    return `tcp ${tcp} udp ${udp} to ${towards}`
  })
  return texts.sort().join('\n')
}

// The kernel sends no ICMP error about an ICMP error (RFC 1122 §3.2.2). So a target that answers
// with errors is probed with TCP and UDP only.
function isPlanned(protocol: Protocol, { protocols, answer }: SweepPlan): boolean {
  return (
    protocols.includes(protocol) && (answer === 'reply' || protocol === 'tcp' || protocol === 'udp')
  )
}

// `--ports` means ports. ICMP types and IP protocols are swept only with `--protocol`.
function isSelected(protocol: Protocol, { ports, protocols }: Selection): boolean {
  if (protocols) return protocols.includes(protocol)
  return ports === undefined || protocol === 'tcp' || protocol === 'udp'
}
