/** Tries a sweep's ports from other source ports, and sweeps again from any that makes a difference. */

import { PortSet } from '../../src/net/port-set.ts'
import type { RangeMap } from '../../src/net/range-map.ts'
import {
  exceptions,
  exploration,
  type KeyOf,
  type Pair,
  portsInRuleset,
} from '../../src/plan/source-ports.ts'
import type { Expectation } from '../../src/policy/expectation.ts'
import type { Observation } from '../../src/result/outcome.ts'
import type { SourcePortResult, Subject } from '../../src/result/result.ts'
import type { PathSpec } from '../contract/lab.ts'
import type { Lab } from '../sandbox/sandbox.ts'

export interface Explored {
  readonly results: readonly SourcePortResult[]
  /** Source ports to make a whole sweep from: the first of each stretch, at most MAX_SWEEPS. */
  readonly sweepFrom: readonly number[]
}

/** Whole sweeps from an exceptional source port; the results name every exception all the same. */
const MAX_SWEEPS = 4

interface Base {
  readonly subject: Subject
  readonly numbers: PortSet
  readonly path: PathSpec
  readonly expected: RangeMap<Expectation>
  /** Seen from an ordinary source port. */
  readonly observed: RangeMap<Observation>
  readonly keyOf?: KeyOf
  /**
   * Each destination port for itself: where ports are translated, two flows from
   * one source port may be the same flow behind the firewall.
   */
  readonly isApart?: boolean
}

export async function explore(lab: Lab, ruleset: string, base: Base): Promise<Explored> {
  const { subject, numbers, expected } = base
  const { protocol } = subject
  if (protocol !== 'tcp' && protocol !== 'udp') return { results: [], sweepFrom: [] }
  const { ports, towards, pairs } = exploration(expected, numbers, portsInRuleset(ruleset))
  const groups = base.isApart ? [...Map.groupBy(pairs, ([, to]) => to).values()] : [pairs]
  const found: Found[] = []
  for (const group of groups) found.push(await tryPairs(lab, base, group))
  const odd = found.reduce((all, one) => all.union(one.exceptions), PortSet.empty)
  const result: SourcePortResult = {
    ...subject,
    protocol,
    ports: ports.ranges,
    towards: [...towards],
    probes: found.reduce((sum, { probes }) => sum + probes, 0),
    exceptions: odd.ranges,
  }
  return { results: [result], sweepFrom: odd.ranges.slice(0, MAX_SWEEPS).map(({ from }) => from) }
}

interface Found {
  readonly exceptions: PortSet
  readonly probes: number
}

async function tryPairs(
  lab: Lab,
  { path, observed, keyOf }: Base,
  pairs: readonly Pair[],
): Promise<Found> {
  const all = [{ from: 0, to: pairs.length - 1 }]
  const packed = {
    sources: Uint16Array.from(pairs, ([source]) => source),
    destinations: Uint16Array.from(pairs, ([, destination]) => destination),
  }
  const report = await lab.sweep({ ...path, numbers: all, pairs: packed, answer: 'reply' })
  return { exceptions: exceptions(pairs, report.observed, observed, keyOf), probes: report.probes }
}
