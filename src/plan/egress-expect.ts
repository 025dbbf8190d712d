/** What the policy expects of each number of a planned sweep, and the numbers that follow from it. */
import { PortSet } from '../net/port-set.ts'
import type { Protocol } from '../net/protocol.ts'
import type { RangeMap } from '../net/range-map.ts'
import { decide } from '../policy/decide.ts'
import type { Expectation } from '../policy/expectation.ts'
import type { Policy } from '../policy/policy.ts'
import { type Ends, statementsAbout } from '../policy/statements.ts'
import type { Stated, SweepPlan } from '../scenario/scenario.ts'
import type { PlannedSweep } from './planned-sweep.ts'

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

/** Ports that a line of the policy lists one by one, not in a range. */
export function namedPorts(policy: Policy, ends: Ends, protocol: 'tcp' | 'udp'): PortSet {
  const lines = statementsAbout(policy, ends, protocol)
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
