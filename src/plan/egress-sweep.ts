/** One sweep of an egress scenario: its addresses, its ends as the policy knows them, its numbers. */
import { MAX_PORT, PortSet } from '../net/port-set.ts'
import { type Family, lastNumber, type Protocol } from '../net/protocol.ts'
import type { Policy } from '../policy/policy.ts'
import { type Ends, numbersOf as numbersNamed } from '../policy/statements.ts'
import type { CoverageResult } from '../result/result.ts'
import type { SweepPlan } from '../scenario/scenario.ts'
import { expectationsOf } from './egress-expect.ts'
import { egressPlaces, type Places } from './places.ts'
import type { EgressDetail, PlannedSweep, Planner, Sweepable } from './planned-sweep.ts'

export const placesOf = ({ places, scenario, policy }: Sweepable): Places =>
  places ?? egressPlaces(scenario.zones, policy)

export interface Kind {
  readonly family: Family
  readonly protocol: Protocol
  readonly detail: EgressDetail
  readonly coverage: CoverageResult | undefined
}

export function planSweep(planner: Planner, plan: SweepPlan, kind: Kind): PlannedSweep {
  const { family, protocol, detail, coverage } = kind
  const { places } = planner
  const own = places.addressOf(plan.from, plan.to, family)
  const asked = numbersOf(plan, protocol).intersect(planner.selection.ports ?? PortSet.all)
  const source = textIn(plan.as, family) ?? own
  const target = textIn(plan.towards, family) ?? places.addressOf(plan.to, plan.from, family)
  const path = { from: places.zoneOf(plan.from), to: places.zoneOf(plan.to) }
  const sweep = {
    ...{ plan, path, family, protocol, detail, source, target },
    spoofed: source !== own,
    ends: endsOf(places, { path, family, source, target }),
    grants: planner.byProject.get(plan.from) ?? [],
    ...{ asked, numbers: asked },
    ...(coverage ? { coverage } : {}),
  } as const
  if (detail === 'all') return sweep
  return { ...sweep, numbers: sweep.numbers.intersect(telling(planner, sweep)) }
}

/** The ends of packets with these addresses. */
export const endsOf = (
  { endAt }: Places,
  { path, family, source, target }: Pick<PlannedSweep, 'path' | 'family' | 'source' | 'target'>,
): Ends => ({ from: endAt(path.from, family, source), to: endAt(path.to, family, target) })

function textIn(at: SweepPlan['as'], family: Family): string | undefined {
  return at?.addresses.find((a) => a.family === family)?.address
}

/** Both sides of every boundary, here and towards hosts, and every granted port of any project. */
function telling({ policy, grants }: Planner, sweep: PlannedSweep): PortSet {
  const edges = [
    ...expectationsOf(policy, sweep).flatMap(({ from, to }) => [from, to]),
    ...edgesOfHostLines(policy, sweep),
  ]
  const { protocol } = sweep
  if (protocol !== 'tcp' && protocol !== 'udp') return PortSet.of(...edges)
  return PortSet.of(...edges, ...grants.flatMap((grant) => grant[protocol].ranges))
}

/** A ruleset may apply a line about a host to its neighbours too. */
function edgesOfHostLines(
  { hosts, statements, otherwise }: Policy,
  { family, protocol }: PlannedSweep,
): number[] {
  const names = new Set(hosts.map(({ name }) => name))
  return [...statements, ...otherwise]
    .filter(({ from, to }) => [...from, ...to].some((name) => names.has(name)))
    .flatMap((one) => numbersNamed(one, { family, protocol }).ranges)
    .flatMap(({ from, to }) => [from, to])
}

function numbersOf(plan: SweepPlan, protocol: Protocol): PortSet {
  if (lastNumber(protocol) === MAX_PORT) return plan.ports
  return PortSet.of({ from: 0, to: lastNumber(protocol) })
}
