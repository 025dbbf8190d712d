/** The sweeps of a scenario: one for each path, family and protocol, in the order of the report. */

import { behindDefault } from '../lab/default-zone.ts'
import { FIREWALL } from '../lab/lab.ts'
import type { Zone } from '../lab/zone.ts'
import { networkText, type ZoneAddress } from '../net/address.ts'
import { MAX_PORT, PortSet } from '../net/port-set.ts'
import { FAMILIES, type Family, lastNumber, PROTOCOLS, type Protocol } from '../net/protocol.ts'
import type { RangeMap } from '../net/range-map.ts'
import { decide } from '../policy/decide.ts'
import type { Expectation } from '../policy/expectation.ts'
import type { Grant } from '../policy/grant.ts'
import type { Endpoint, Policy } from '../policy/policy.ts'
import { type Ends, OUTBOUND, statementsAbout } from '../policy/statements.ts'
import type { CoverageResult, Subject } from '../result/result.ts'
import { ownAddress } from '../scenario/lab-fit.ts'
import { EVERY_PROJECT, type Scenario, type Stated, type SweepPlan } from '../scenario/scenario.ts'
import { edgesOf } from './request-targets.ts'

export interface PlannedSweep {
  /** The name of the sending zone, also if the scenario says "every project". */
  readonly plan: SweepPlan
  readonly family: Family
  readonly protocol: Protocol
  /** Addresses of both endpoints as text. The source is spoofed if the plan says so. */
  readonly source: string
  readonly target: string
  readonly spoofed: boolean
  /** Between which of the policy's endpoints: projects, the Internet, the firewall itself. */
  readonly ends: Ends
  /** Grants of the sending project. */
  readonly grants: readonly Grant[]
  /** What is asked for; `numbers` are those of it that are probed. */
  readonly asked: PortSet
  readonly numbers: PortSet
  /** Present if every project is swept. */
  readonly coverage?: CoverageResult
  readonly after?: 'revocation'
}

/** The path of a sweep, as in results. */
export function subjectOf<P extends Protocol>({
  plan,
  family,
  protocol,
  after,
}: PlannedSweep & { readonly protocol: P }): Subject<P> {
  return {
    from: plan.from,
    to: plan.to,
    ...(plan.as ? { as: plan.as.label } : {}),
    ...(plan.towards ? { destination: plan.towards.label } : {}),
    ...(after ? { after } : {}),
    family,
    protocol,
  }
}

/** The selection of the command line. Absent: everything. */
export interface Selection {
  readonly from?: readonly string[] | undefined
  readonly to?: readonly string[] | undefined
  readonly ports?: PortSet | undefined
  readonly families?: readonly Family[] | undefined
  readonly protocols?: readonly Protocol[] | undefined
}

/** A scenario, its policy, and the grants in force on its date. */
export interface Sweepable {
  readonly scenario: Scenario
  readonly policy: Policy
  readonly grants: readonly Grant[]
}

/**
 * Every sweep of the scenario within the selection. If grants are revoked, the sweeps that depend
 * on them follow once more. Empty if the selection excludes all sweeps.
 */
export function planSweeps(subject: Sweepable, selection: Selection): PlannedSweep[] {
  const byProject = Map.groupBy(subject.grants, ({ project }) => project)
  const planner = { ...subject, byProject, selection }
  const sweeps = subject.scenario.sweeps.flatMap((plan) =>
    plan.from === EVERY_PROJECT ? everyProject(planner, plan) : sweepsOf(planner, plan),
  )
  return [...sweeps, ...afterRevocation(subject, sweeps)]
}

function afterRevocation({ scenario }: Sweepable, sweeps: readonly PlannedSweep[]): PlannedSweep[] {
  if (scenario.revoke.length === 0) return []
  return sweeps.filter(isGrantable).map((sweep) => ({
    ...sweep,
    grants: remaining(sweep.grants, scenario),
    after: 'revocation',
  }))
}

/** Whether a grant can change the outcome. */
function isGrantable({ plan, protocol, ends, spoofed }: PlannedSweep): boolean {
  const ported = protocol === 'tcp' || protocol === 'udp'
  return ported && isOutbound(ends) && !spoofed && plan.answer === 'reply'
}

const isOutbound = ({ from, to }: Ends): boolean =>
  from.name === OUTBOUND.from.name && to.name === OUTBOUND.to.name

/** The grants without those that are revoked. */
export function remaining(grants: readonly Grant[], { revoke }: Scenario): Grant[] {
  return grants.filter(({ request }) => !revoke.includes(request))
}

/** Besides the edges, this many ports of revoked grants get an established flow. */
const MOST_STANDING = 1024

/**
 * Ports with an established flow: all edges of open ranges, and every port that a revoked grant had
 * opened.
 */
export function flowPorts(before: RangeMap<Expectation>, after: RangeMap<Expectation>): PortSet {
  const open = (spans: RangeMap<Expectation>): PortSet =>
    PortSet.of(...spans.filter(({ value }) => value.verdict === 'open'))
  const closed = open(before).subtract(open(after))
  const edges = PortSet.of(
    ...[...open(before).ranges, ...closed.ranges].flatMap(({ from, to }) => [from, to]),
  )
  return closed.size > MOST_STANDING ? edges : closed.union(edges)
}

interface Planner extends Sweepable {
  readonly byProject: ReadonlyMap<string, readonly Grant[]>
  readonly selection: Selection
}

function sweepsOf(planner: Planner, plan: SweepPlan, coverage?: CoverageResult): PlannedSweep[] {
  const { selection } = planner
  return FAMILIES.filter(
    (f) => plan.families.includes(f) && (selection.families?.includes(f) ?? true),
  )
    .flatMap((family) =>
      PROTOCOLS.filter((p) => isPlanned(p, plan) && isSelected(p, selection)).map((protocol) =>
        planSweep(planner, plan, { family, protocol, coverage }),
      ),
    )
    .filter((sweep) => !sweep.numbers.isEmpty && isBetween(sweep, selection))
}

const isBetween = ({ plan }: PlannedSweep, { from, to }: Selection): boolean =>
  (from?.includes(plan.from) ?? true) && (to?.includes(plan.to) ?? true)

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
      const role = k === 0 ? 'representative' : 'member'
      return [
        ...sweepsOf(planner, own, { ...coverage, role }),
        ...edgesOfDestinations(planner, own).flatMap((edge) =>
          sweepsOf(planner, edge, { ...coverage, role: 'member' }),
        ),
      ]
    }),
  )
}

/** Destinations of grants, at whose edges probes are sent. */
const MOST_DESTINATIONS = 16

/**
 * If some grants have destinations, every project is also probed at the edges of these. Not if the
 * scenario names its own destination.
 */
function edgesOfDestinations({ scenario, grants }: Planner, plan: SweepPlan): SweepPlan[] {
  if (plan.towards || plan.answer !== 'reply' || plan.to === FIREWALL) return []
  const destinations = grants.flatMap((grant) => grant.destinations)
  const distinct = [...new Map(destinations.map((d) => [networkText(d), d])).values()]
  return distinct.slice(0, MOST_DESTINATIONS).flatMap((prefix) =>
    edgesOf(prefix, destinations, scenario).map(
      ({ address }): SweepPlan => ({
        ...plan,
        towards: {
          label: address,
          addresses: [
            { family: prefix.family, address, prefixLength: prefix.family === 4 ? 32 : 128 },
          ],
        },
        families: plan.families.filter((family) => family === prefix.family),
        protocols: plan.protocols.filter((p) => p === 'tcp' || p === 'udp'),
      }),
    ),
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

function planSweep(
  planner: Planner,
  plan: SweepPlan,
  kind: { family: Family; protocol: Protocol; coverage: CoverageResult | undefined },
): PlannedSweep {
  const { family, protocol, coverage } = kind
  const { scenario } = planner
  const own = addressAt(scenario, plan.from, plan.to, family)
  const asked = numbersOf(plan, protocol).intersect(planner.selection.ports ?? PortSet.all)
  const source = textIn(plan.as, family) ?? own
  const sweep = {
    plan,
    family,
    protocol,
    source,
    target: textIn(plan.towards, family) ?? addressAt(scenario, plan.to, plan.from, family),
    spoofed: source !== own,
    ends: { from: endpointOf(scenario, plan.from), to: endpointOf(scenario, plan.to) },
    grants: planner.byProject.get(plan.from) ?? [],
    ...{ asked, numbers: asked },
    ...(coverage ? { coverage } : {}),
  } as const
  if (coverage?.role !== 'member') return sweep
  return { ...sweep, numbers: sweep.numbers.intersect(telling(planner, sweep)) }
}

function textIn(at: SweepPlan['as'], family: Family): string | undefined {
  return at?.addresses.find((a) => a.family === family)?.address
}

/** The expectation for every number of a sweep. */
export function expectationsOf(policy: Policy, sweep: PlannedSweep): RangeMap<Expectation> {
  const { ends, spoofed, family, protocol, grants, target, plan } = sweep
  const decided = decide(policy, {
    ...ends,
    spoofed,
    family,
    protocol,
    granted: { grants, target },
  })
  return plan.states && !sweep.after ? stated(decided, plan.states, protocol) : decided
}

/** The scenario's own expectation overrides that of the policy. */
function stated(decided: RangeMap<Expectation>, { at, open, blocked }: Stated, protocol: Protocol) {
  if (protocol !== 'tcp' && protocol !== 'udp') return decided
  const clause = { label: 'expected by the scenario', at }
  const kept = (ports: PortSet) => ports.subtract(open[protocol]).subtract(blocked[protocol])
  const blocking = decided.find(({ value }) => value.verdict === 'blocked')?.value
  const by = blocking?.verdict === 'blocked' ? blocking.by : 'drop'
  const spans = (ports: PortSet, value: Expectation) =>
    ports.ranges.map((range) => ({ ...range, value }))
  return [
    ...decided.flatMap(({ from, to, value }) => spans(kept(PortSet.of({ from, to })), value)),
    ...spans(open[protocol], { verdict: 'open', clause }),
    ...spans(blocked[protocol], { verdict: 'blocked', by, clause }),
  ].sort((a, b) => a.from - b.from)
}

/** Both sides of every boundary, and every granted port of any project. */
function telling({ policy, grants }: Planner, sweep: PlannedSweep): PortSet {
  const edges = expectationsOf(policy, sweep).flatMap(({ from, to }) => [from, to])
  const { protocol } = sweep
  if (protocol !== 'tcp' && protocol !== 'udp') return PortSet.of(...edges)
  return PortSet.of(...edges, ...grants.flatMap((grant) => grant[protocol].ranges))
}

function numbersOf(plan: SweepPlan, protocol: Protocol): PortSet {
  if (lastNumber(protocol) === MAX_PORT) return plan.ports
  return PortSet.of({ from: 0, to: lastNumber(protocol) })
}

function zoneOf(scenario: Scenario, name: string): Zone {
  const zone = scenario.zones.find((z) => z.name === name)
  if (!zone) throw new Error(`scenario ${scenario.id} has no zone ${JSON.stringify(name)}`)
  return zone
}

/** To the policy, a zone is what its kind is. */
function endpointOf(scenario: Scenario, name: string): Endpoint {
  const kind = name === FIREWALL ? FIREWALL : zoneOf(scenario, name).kind
  return { name: kind, zone: kind }
}

/** That of a zone, or the firewall's own on the link of the other end. */
function addressAt(scenario: Scenario, name: string, other: string, family: Family): string {
  if (name !== FIREWALL) return addressText(zoneOf(scenario, name), family)
  const own = ownAddress(behindDefault(scenario.zones), other, family)
  if (own === undefined)
    throw new Error(`the firewall has no IPv${family} address towards ${other}`)
  return own
}

function addressText(zone: Zone, family: Family): string {
  const address = zone.addresses.find((a) => a.family === family)?.address
  if (address === undefined) throw new Error(`zone ${zone.name} has no IPv${family} address`)
  return address
}

/** Ports that a line of the policy lists one by one, not in a range. */
export function namedPorts(policy: Policy, protocol: 'tcp' | 'udp'): PortSet {
  const lines = statementsAbout(policy, OUTBOUND, protocol)
  return PortSet.of(...lines.flatMap(({ singles }) => singles ?? []))
}

export interface HandshakeChoice {
  readonly numbers: PortSet
  readonly named: PortSet
  readonly which: SweepPlan['handshakes']
}

/**
 * Ports with a handshake: both sides of every boundary of the expectation, and every port that a
 * policy line lists one by one. With `open`, every open port as well.
 */
export function handshakePorts(
  expected: RangeMap<Expectation>,
  { numbers, named, which }: HandshakeChoice,
): PortSet {
  const edges = expected.flatMap(({ from, to }) => [from, to])
  const open = expected.filter(({ value }) => value.verdict === 'open')
  const all = PortSet.of(...edges, ...(which === 'all' ? open : []))
  return all.union(named).intersect(numbers)
}
