/** Two sweeps of one path, before and after → what opened and what closed, and whether that is what was asked. */

import { PortSet, type Range } from '../net/port-set.ts'
import type { Family } from '../net/protocol.ts'
import { join, type Spans } from '../net/range-map.ts'
import type { PortProtocol } from '../request/request.ts'
import type { Observation, Outcome } from '../result/outcome.ts'
import type { Evidence } from '../result/result.ts'

/** `exact`: what was asked for and nothing else. `unknown`: nothing is wrong, but not all could be told. */
export type Verdict = 'exact' | 'different' | 'unknown'

/** Where a path ends: in a destination, in none of them, or at any address because there are none. */
export type Where = 'inside' | 'outside' | 'anywhere'

/** Every port, or those that could tell a difference. */
export type Extent = 'all' | 'few'

/** Ports of one path by what became of them when the request was granted. */
export interface Difference {
  readonly opened: PortSet
  readonly closed: PortSet
  /** Neither open before nor after, but blocked or let through in another way. */
  readonly altered: PortSet
  /** Unsteady or inconclusive before or after. */
  readonly unsure: PortSet
}

export interface MeasuredRow extends Difference {
  readonly from: string
  readonly family: Family
  readonly protocol: PortProtocol
  readonly target: string
  readonly where: Where
  /** Whose address was borrowed. */
  readonly as?: string
  readonly extent: Extent
  /** Numbers swept, each time. */
  readonly numbers: number
  /** What should have opened. */
  readonly expected: PortSet
  readonly verdict: Verdict
  /** The walk through the ruleset with the request, for one number of each range that is wrong; of the first few. */
  readonly evidence: readonly Evidence[]
}

/** A destination that is somebody's on the Internet, and the prefix that stood for it in the lab. */
export interface StandIn {
  readonly given: string
  readonly used: string
}

export type Measured =
  | { readonly verdict: 'not measured'; readonly wanted: boolean; readonly reason: string }
  | {
      readonly verdict: Verdict
      /** Those that differ first, then the doubtful ones. */
      readonly rows: readonly MeasuredRow[]
      /** Controls that failed, and anything else that makes the measurement worthless. */
      readonly problems: readonly string[]
      readonly standIns: readonly StandIn[]
      /** Destinations that were not measured, because there are too many. */
      readonly left: number
      /** Commands between the two rulesets that concern more than the project. */
      readonly beyond: readonly string[]
      readonly controls: number
      readonly probes: number
      /** Projects in the rulesets, and in the platform. */
      readonly projects: { readonly compiled: number; readonly all: number }
      readonly totalMs: number
    }

export function differenceOf(before: Spans<Observation>, after: Spans<Observation>): Difference {
  const found = { opened: [], closed: [], altered: [], unsure: [] } as Record<
    keyof Difference,
    Range[]
  >
  for (const { from, to, value } of join(before, after)) {
    const change = changeOf(value[0].outcome, value[1].outcome)
    if (change) found[change].push({ from, to })
  }
  const { opened, closed, altered, unsure } = found
  return {
    opened: PortSet.of(...opened),
    closed: PortSet.of(...closed),
    altered: PortSet.of(...altered),
    unsure: PortSet.of(...unsure),
  }
}

function changeOf(before: Outcome, after: Outcome): keyof Difference | undefined {
  if (!isKnown(before) || !isKnown(after)) return 'unsure'
  const [old, now] = [textOf(before), textOf(after)]
  if (old === now) return undefined
  if (now === 'open') return 'opened'
  return old === 'open' ? 'closed' : 'altered'
}

function isKnown({ kind }: Outcome): boolean {
  return kind !== 'unsteady' && kind !== 'inconclusive'
}

/** The same text for outcomes that are alike. */
function textOf(outcome: Outcome): string {
  if (outcome.kind === 'rejected') {
    const { by } = outcome
    return by.kind === 'icmp' ? `rejected ${by.type}/${by.code}` : `rejected ${by.kind}`
  }
  if (outcome.kind === 'translated') return `translated ${outcome.way} ${outcome.change}`
  return outcome.kind
}

export function verdictOf(difference: Difference, expected: PortSet): Verdict {
  if (!wrongIn(difference, expected).isEmpty) return 'different'
  return difference.unsure.isEmpty ? 'exact' : 'unknown'
}

/** What changed and was not to, and what was to open and did not. */
export function wrongIn(
  { opened, closed, altered, unsure }: Difference,
  expected: PortSet,
): PortSet {
  const missing = expected.subtract(opened).subtract(unsure)
  return opened.subtract(expected).union(closed).union(altered).union(missing)
}

/** Of all rows together: a difference is one whatever else could not be told. */
export function verdictOfAll(
  rows: readonly Pick<MeasuredRow, 'verdict'>[],
  problems: readonly string[],
  beyond: readonly string[] = [],
): Verdict {
  if (beyond.length > 0) return 'different'
  if (rows.some(({ verdict }) => verdict === 'different')) return 'different'
  if (problems.length > 0) return 'unknown'
  return rows.length > 0 && rows.every(({ verdict }) => verdict === 'exact') ? 'exact' : 'unknown'
}

const ORDER: readonly Verdict[] = ['different', 'unknown', 'exact']

export function worstFirst(rows: readonly MeasuredRow[]): MeasuredRow[] {
  return rows.toSorted((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict))
}
