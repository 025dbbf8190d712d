/**
 * The source ports and destination ports to try, because a policy may not hold for packets from
 * port 53.
 */

import { MAX_PORT, PortSet, type Range } from '../net/port-set.ts'
import { type RangeMap, valueAt } from '../net/range-map.ts'
import type { Expectation } from '../policy/expectation.ts'
import type { Observation } from '../result/outcome.ts'

/**
 * Ports that rules often match: FTP data, DNS, DHCP, HTTP, Kerberos, NTP, HTTPS, IKE, syslog, SSDP,
 * NAT-T.
 */
const CLASSIC = PortSet.parse('20,53,67,68,80,88,123,443,500,514,1900,4500')
const WELL_KNOWN = PortSet.of({ from: 0, to: 1023 }) // RFC 6335 §6
/** Constants of a ruleset that are tried; the lowest ones where there are more. */
const MAX_NAMED = 48

/** Source and destination port of each probe to send. */
export type Pair = readonly [source: number, destination: number]

/**
 * Every number that occurs alone or at the end of a range in the ruleset's text. Additional numbers
 * do no harm.
 */
export function portsInRuleset(ruleset: string): PortSet {
  const words = ruleset.replaceAll(/"[^"]*"|#.*/g, ' ').split(/[\s,{}]+/)
  const numbers = words.flatMap((word) => /^(\d+)(?:-(\d+))?$/.exec(word)?.slice(1) ?? [])
  const ports = numbers.filter((n) => n !== undefined).map(Number)
  const distinct = [...new Set(ports.filter((n) => n <= MAX_PORT))].sort((a, b) => a - b)
  return PortSet.of(...distinct.slice(0, MAX_NAMED))
}

export interface Exploration {
  /** Source ports tried. */
  readonly ports: PortSet
  /** Destination ports to which they were sent. */
  readonly towards: PortSet
  readonly pairs: readonly Pair[]
}

/**
 * All well-known and all named source ports towards one blocked and one open port. The named and
 * the often matched ones also towards the edges of both and every port that the ruleset names.
 */
export function exploration(
  expected: RangeMap<Expectation>,
  numbers: PortSet,
  named: PortSet,
): Exploration {
  const edges = edgesOf(expected, numbers)
  const representatives = PortSet.of(...edges.map(({ to }) => to))
  const some = CLASSIC.union(named)
  const every = WELL_KNOWN.union(some)
  const all = PortSet.of(...edges.flatMap(({ from, to }) => [from, to])).union(
    named.intersect(numbers),
  )
  return {
    ports: every,
    towards: all,
    pairs: [...product(every, representatives), ...product(some, all.subtract(representatives))],
  }
}

/** The first and last open and blocked numbers. */
function edgesOf(expected: RangeMap<Expectation>, numbers: PortSet): Range[] {
  return (['open', 'blocked'] as const).flatMap((verdict) => {
    const all = PortSet.of(...expected.filter((span) => span.value.verdict === verdict))
    const ranges = all.intersect(numbers).ranges
    return ranges.length === 0 ? [] : [{ from: ranges[0]!.from, to: ranges.at(-1)!.to }]
  })
}

function product(sources: PortSet, destinations: PortSet): Pair[] {
  return [...destinations].flatMap((to) => [...sources].map((from): Pair => [from, to]))
}

/** Two outcomes differ if their texts differ. */
export type KeyOf = (observation: Observation, destination: number) => string

const outcomeText: KeyOf = ({ outcome }) => JSON.stringify(outcome)

/**
 * Source ports from which a destination has another outcome than in the sweep from an ordinary one.
 */
export function exceptions(
  pairs: readonly Pair[],
  observed: RangeMap<Observation>,
  ordinary: RangeMap<Observation>,
  keyOf: KeyOf = outcomeText,
): PortSet {
  const key = (observation: Observation | undefined, destination: number): string =>
    observation ? keyOf(observation, destination) : ''
  const usual = new Map<number, string>()
  const usually = (destination: number): string => {
    let text = usual.get(destination)
    if (text === undefined) {
      text = key(valueAt(ordinary, destination), destination)
      usual.set(destination, text)
    }
    return text
  }
  const odd = observed.flatMap(({ from, to, value }) =>
    pairs
      .slice(from, to + 1)
      .filter(([, destination]) => usually(destination) !== key(value, destination))
      .map(([source]) => source),
  )
  return PortSet.of(...odd)
}
