/** Expectation against observation: rows of equal numbers, and their overall status. */

import { PortSet } from '../net/port-set.ts'
import type { Family } from '../net/protocol.ts'
import { compress, join, type RangeMap, type Span, valueAt } from '../net/range-map.ts'
import type { Blocking } from '../policy/clause.ts'
import type { Expectation, ExpectedBlocking } from '../policy/expectation.ts'
import {
  deliveryOf,
  isDoubtful,
  type Observation,
  type Outcome,
  type Rejection,
} from '../result/outcome.ts'
import type {
  ControlResult,
  FlowResult,
  FlowRow,
  HandshakeResult,
  HandshakeRow,
  Losses,
  NotMeasured,
  Row,
  ScenarioResult,
  SourcePortResult,
  Status,
  TableResult,
  UntestedResult,
  Verdict,
} from '../result/result.ts'

export interface Probed {
  /** The numbers to probe. Each of them gets a row. */
  readonly numbers: PortSet
  readonly family: Family
  /** Absent: `verdictOf`. */
  readonly judge?: (expected: Expectation, observed: Outcome, family: Family) => Verdict
}

/**
 * One row for every range of probed numbers with the same expectation and outcome, sorted. A number
 * to probe without an observation is inconclusive.
 */
export function compare(
  expected: RangeMap<Expectation>,
  observed: RangeMap<Observation>,
  { numbers, family, judge = verdictOf }: Probed,
): Row[] {
  const complete = withHoles(observed, numbers)
  const rows = join(expected, complete).map(({ from, to, value: [expectation, observation] }) => ({
    from,
    to,
    value: {
      expected: expectation,
      observed: observation.outcome,
      attempts: observation.attempts,
      verdict: judge(expectation, observation.outcome, family),
    },
  }))
  return compress(rows, rowKey).map(({ from, to, value }) => ({ from, to, ...value }))
}

const NOT_PROBED: Observation = {
  outcome: { kind: 'inconclusive', reason: 'not probed' },
  attempts: [],
}

function withHoles(observed: RangeMap<Observation>, numbers: PortSet): RangeMap<Observation> {
  const missing = numbers.subtract(PortSet.of(...observed))
  if (missing.isEmpty) return observed
  const holes = missing.ranges.map((range): Span<Observation> => ({ ...range, value: NOT_PROBED }))
  return [...observed, ...holes].sort((a, b) => a.from - b.from)
}

const keys = new WeakMap<object, string>()

// Spans share their values, so each value is converted to text once.
function rowKey(value: Omit<Row, 'from' | 'to'>): string {
  return [cachedJson(value.expected), cachedJson(value.observed), cachedJson(value.attempts)].join(
    '|',
  )
}

function cachedJson(value: object): string {
  let text = keys.get(value)
  if (text === undefined) {
    text = JSON.stringify(value)
    keys.set(value, text)
  }
  return text
}

/** Unsteady and inconclusive outcomes are neither right nor wrong. */
export function verdictOf(expected: Expectation, observed: Outcome, family: Family): Verdict {
  if (isDoubtful(observed)) return 'unknown'
  const right =
    expected.verdict === 'open'
      ? observed.kind === 'open'
      : isBlockedBy(expected.by, observed, family)
  return right ? 'conforms' : 'mismatch'
}

function isBlockedBy(by: ExpectedBlocking, observed: Outcome, family: Family): boolean {
  if (by === 'any') return deliveryOf(observed) === 'blocked'
  if (by === 'drop') return observed.kind === 'dropped'
  return observed.kind === 'rejected' && isRejection(by, observed.by, family)
}

function isRejection(by: Exclude<Blocking, 'drop'>, seen: Rejection, family: Family): boolean {
  if (by === 'tcp-reset') return seen.kind === 'reset'
  const [type, code] = ICMP_ERRORS[by][family]
  return seen.kind === 'icmp' && seen.type === type && seen.code === code
}

/** Type and code of each ICMP error: RFC 792, RFC 1812 §5.2.7.1; RFC 4443 §3.1. */
export const ICMP_ERRORS: Readonly<
  Record<
    Exclude<Blocking, 'drop' | 'tcp-reset'>,
    Readonly<Record<Family, readonly [type: number, code: number]>>
  >
> = {
  'port-unreachable': { 4: [3, 3], 6: [1, 4] },
  'host-unreachable': { 4: [3, 1], 6: [1, 3] },
  'no-route': { 4: [3, 0], 6: [1, 0] },
  'admin-prohibited': { 4: [3, 13], 6: [1, 1] },
}

export interface Handshaken {
  /**
   * The missing step of a handshake whose first packet does not arrive, as expected for a blocked
   * port.
   */
  readonly blocked: string
  readonly completed: string
  readonly losses: Losses
}

/** The same for handshakes. If frames were lost, a failed handshake proves nothing. */
export function compareHandshakes(
  expected: RangeMap<Expectation>,
  observed: RangeMap<string>,
  { blocked, completed, losses }: Handshaken,
): HandshakeRow[] {
  const lost = Object.keys(losses).length > 0
  const rows = join(expected, observed).map(({ from, to, value: [expectation, seen] }) => {
    const wanted = expectation.verdict === 'open' ? 'completes' : 'blocked'
    const right = seen === (wanted === 'completes' ? completed : blocked)
    const verdict: Verdict =
      lost && seen !== completed ? 'unknown' : right ? 'conforms' : 'mismatch'
    return { from, to, value: { expected: wanted, observed: seen, verdict } as const }
  })
  return compress(rows, (row) => JSON.stringify(row)).map(({ from, to, value }) => ({
    from,
    to,
    ...value,
  }))
}

export interface CheckedFlows {
  /** The missing steps when the flows were opened, or `completed`. */
  readonly opened: RangeMap<string>
  readonly completed: string
  /** `both ways`, `only back` … for each open flow. */
  readonly checked: RangeMap<string>
  readonly losses: Losses
}

/**
 * Flows that were established while the firewall changed. `kept`: whether flows outlive their
 * grant. A flow that did not open, or lost frames, proves nothing.
 */
export function compareFlows(
  after: RangeMap<Expectation>,
  kept: boolean,
  { opened, completed, checked, losses }: CheckedFlows,
): FlowRow[] {
  const lost = Object.keys(losses).length > 0
  const never = opened.filter(({ value }) => value !== completed)
  const seen = [...checked, ...never].sort((a, b) => a.from - b.from)
  const rows = join(after, seen).map(({ from, to, value: [expectation, observed] }) => {
    const lives = kept || expectation.verdict === 'open'
    const expected = lives ? 'both ways' : 'neither way'
    const stood = valueAt(opened, from) === completed
    const known = stood && (!lost || observed === 'both ways')
    const verdict: Verdict = !known ? 'unknown' : observed === expected ? 'conforms' : 'mismatch'
    return { from, to, value: { expected, observed, verdict } as const }
  })
  return compress(rows, (row) => JSON.stringify(row)).map(({ from, to, value }) => ({
    from,
    to,
    ...value,
  }))
}

export interface ScenarioFacts {
  readonly controls: readonly ControlResult[]
  readonly tables: readonly TableResult[]
  readonly sourcePorts: readonly SourcePortResult[]
  readonly handshakes: readonly HandshakeResult[]
  readonly flows: readonly FlowResult[]
  readonly untested?: readonly UntestedResult[]
  readonly problems: readonly string[]
  readonly notMeasured?: readonly NotMeasured[]
}

/**
 * A mismatch outweighs everything. A scenario without any comparison is unknown, never conforming.
 */
export function statusOfScenario({
  controls,
  tables,
  sourcePorts,
  handshakes,
  flows,
  untested = [],
  problems,
  notMeasured = [],
}: ScenarioFacts): Status {
  const rows = [...tables, ...handshakes, ...flows].flatMap(
    (table) => table.rows as readonly { verdict: Verdict }[],
  )
  if (rows.some((row) => row.verdict === 'mismatch')) return 'mismatch'
  const doubtful =
    tables.every((table) => table.rows.length === 0) ||
    problems.length > 0 ||
    untested.some(({ accepted }) => accepted === undefined) ||
    notMeasured.length > 0 ||
    sourcePorts.some((s) => s.exceptions.length > 0) ||
    controls.some((c) => !c.passed) ||
    rows.some((row) => row.verdict === 'unknown')
  return doubtful ? 'unknown' : 'conforms'
}

export function statusOfRun(scenarios: readonly Pick<ScenarioResult, 'status'>[]): Status {
  if (scenarios.some((s) => s.status === 'mismatch')) return 'mismatch'
  const allConform = scenarios.length > 0 && scenarios.every((s) => s.status === 'conforms')
  return allConform ? 'conforms' : 'unknown'
}
