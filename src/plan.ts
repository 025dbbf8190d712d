/** A scenario's sweeps, laid out: one item per path × family × protocol, in the order of the report. */

import type { Expectation } from './expectation.ts'
import { FAMILIES, type Family, lastNumber, PROTOCOLS, type Protocol } from './flow.ts'
import { MAX_PORT, PortSet } from './ports.ts'
import type { Scenario, SweepPlan, Zone } from './scenario.ts'
import type { Spans } from './spans.ts'

export interface PlannedSweep {
  readonly plan: SweepPlan
  readonly family: Family
  readonly protocol: Protocol
  /** Text addresses of both ends; the source is spoofed where the plan says so. */
  readonly source: string
  readonly target: string
  readonly spoofed: boolean
  /** Towards a project: its `inbound` section decides. Otherwise its sender's egress sections. */
  readonly direction: 'outbound' | 'inbound'
  readonly numbers: PortSet
}

/** What the command line asks to leave out; absent: nothing. */
export interface Selection {
  readonly ports?: PortSet | undefined
  readonly families?: readonly Family[] | undefined
  readonly protocols?: readonly Protocol[] | undefined
}

/** Every sweep of the scenario that the selection admits. Empty when it admits none. */
export function planSweeps(scenario: Scenario, selection: Selection): PlannedSweep[] {
  return scenario.sweeps.flatMap((plan) =>
    FAMILIES.filter((f) => plan.families.includes(f) && (selection.families?.includes(f) ?? true))
      .flatMap((family) =>
        PROTOCOLS.filter((p) => isPlanned(p, plan) && isSelected(p, selection)).map((protocol) =>
          planSweep(scenario, plan, { family, protocol, selection }),
        ),
      )
      .filter((sweep) => !sweep.numbers.isEmpty),
  )
}

// No error may be sent about an ICMP error (RFC 1122 §3.2.2), so where the
// target answers with errors, TCP and UDP are what it can be asked.
function isPlanned(protocol: Protocol, { protocols, answer }: SweepPlan): boolean {
  return (
    protocols.includes(protocol) && (answer === 'reply' || protocol === 'tcp' || protocol === 'udp')
  )
}

// `--ports` speaks of ports; ICMP types and IP protocols are meant only where asked for.
function isSelected(protocol: Protocol, { ports, protocols }: Selection): boolean {
  if (protocols) return protocols.includes(protocol)
  return ports === undefined || protocol === 'tcp' || protocol === 'udp'
}

function planSweep(
  scenario: Scenario,
  plan: SweepPlan,
  { family, protocol, selection }: { family: Family; protocol: Protocol; selection: Selection },
): PlannedSweep {
  const from = zoneOf(scenario, plan.from)
  const to = zoneOf(scenario, plan.to)
  const own = addressText(from, family)
  const source = plan.as?.addresses.find((a) => a.family === family)?.address ?? own
  return {
    plan,
    family,
    protocol,
    source,
    target: addressText(to, family),
    spoofed: source !== own,
    direction: from.kind === 'project' && to.kind === 'internet' ? 'outbound' : 'inbound',
    numbers: numbersOf(plan, protocol).intersect(selection.ports ?? PortSet.all),
  }
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

function addressText(zone: Zone, family: Family): string {
  const address = zone.addresses.find((a) => a.family === family)?.address
  if (address === undefined) throw new Error(`zone ${zone.name} has no IPv${family} address`)
  return address
}

/**
 * Ports whose whole exchange is tried: both sides of every boundary in the
 * expectation and every port that a line of the policy names by itself; or
 * every open one besides.
 */
export function handshakePorts(
  expected: Spans<Expectation>,
  numbers: PortSet,
  which: SweepPlan['handshakes'],
): PortSet {
  const edges = expected.flatMap(({ from, to }) => [from, to])
  const open = expected.filter(({ value }) => value.verdict === 'open')
  return PortSet.of(...edges, ...(which === 'all' ? open : [])).intersect(numbers)
}
