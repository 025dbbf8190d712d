/**
 * Which source ports to try, and towards which destination ports: a policy that
 * holds from an ordinary source port may not hold from port 53.
 */
import type { Expectation } from './expectation.ts'
import type { Observation } from './outcome.ts'
import { MAX_PORT, PortSet } from './ports.ts'
import { type Spans, valueAt } from './spans.ts'

/** Ports that rules are often tied to: FTP data, DNS, DHCP, HTTP, Kerberos, NTP, HTTPS, IKE, syslog, SSDP, NAT-T. */
const CLASSIC = PortSet.parse('20,53,67,68,80,88,123,443,500,514,1900,4500')
const WELL_KNOWN = PortSet.of({ from: 0, to: 1023 }) // RFC 6335 §6
/** Constants of a ruleset that are tried; the lowest ones where there are more. */
const MAX_NAMED = 48

export interface Exploration {
  readonly ports: PortSet
  readonly towards: readonly number[]
}

/** Every number in the ruleset's text that can be a port. Too many rather than too few. */
export function namedPorts(ruleset: string): PortSet {
  const numbers = (ruleset.match(/\d+/g) ?? []).map(Number).filter((n) => n <= MAX_PORT)
  const distinct = [...new Set(numbers)].sort((a, b) => a - b)
  return PortSet.of(...distinct.slice(0, MAX_NAMED))
}

/**
 * All well-known and all named source ports towards the edges of what is open
 * and of what is blocked; and the named and classic ones towards every port
 * that the ruleset names.
 */
export function explorations(
  expected: Spans<Expectation>,
  numbers: PortSet,
  named: PortSet,
): Exploration[] {
  const edges = (['open', 'blocked'] as const).flatMap((verdict) => {
    const all = PortSet.of(...expected.filter((span) => span.value.verdict === verdict))
    const ranges = all.intersect(numbers).ranges
    return ranges.length === 0 ? [] : [ranges[0]!.from, ranges.at(-1)!.to]
  })
  return [
    { ports: WELL_KNOWN.union(CLASSIC).union(named), towards: [...PortSet.of(...edges)] },
    { ports: CLASSIC.union(named), towards: [...named.intersect(numbers)] },
  ].filter(({ towards }) => towards.length > 0)
}

/** Source ports from which `port` was seen otherwise than in the sweep from an ordinary one. */
export function exceptions(
  fromSourcePorts: Spans<Observation>,
  ordinary: Spans<Observation>,
  port: number,
): PortSet {
  const usual = JSON.stringify(valueAt(ordinary, port)?.outcome)
  const other = fromSourcePorts.filter(({ value }) => JSON.stringify(value.outcome) !== usual)
  return PortSet.of(...other)
}
