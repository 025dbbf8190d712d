/** Expected against observed: rows of numbers that are alike, and what all of them come to. */

import { PortSet } from '../net/port-set.ts'
import type { Family } from '../net/protocol.ts'
import { compress, join, type RangeMap, type Span, valueAt } from '../net/range-map.ts'
import type { Blocking } from '../policy/clause.ts'
import type { Expectation, ExpectedBlocking } from '../policy/expectation.ts'
import type { Observation, Outcome, Rejection } from '../result/outcome.ts'
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
  /** Numbers that were to be probed: every one of them gets a row. */
  readonly numbers: PortSet
  readonly family: Family
  /** Absent: `verdictOf`. */
  readonly judge?: (expected: Expectation, observed: Outcome, family: Family) => Verdict
}

/**
 * One row for every stretch of probed numbers that are expected and observed
 * alike, sorted. A number that was to be probed and was not is inconclusive.
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

// Spans share their values, so each is turned into text once.
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

/** Unsteady and inconclusive are never right and never wrong. */
export function verdictOf(expected: Expectation, observed: Outcome, family: Family): Verdict {
  if (observed.kind === 'unsteady' || observed.kind === 'inconclusive') return 'unknown'
  const right =
    expected.verdict === 'open'
      ? observed.kind === 'open'
      : isBlockedBy(expected.by, observed, family)
  return right ? 'conforms' : 'mismatch'
}

function isBlockedBy(by: ExpectedBlocking, observed: Outcome, family: Family): boolean {
  if (by === 'any') return observed.kind === 'dropped' || observed.kind === 'rejected'
  if (by === 'drop') return observed.kind === 'dropped'
  return observed.kind === 'rejected' && isRejection(by, observed.by, family)
}

function isRejection(by: Exclude<Blocking, 'drop'>, seen: Rejection, family: Family): boolean {
  if (by === 'tcp-reset') return seen.kind === 'reset'
  const [type, code] = ICMP_ERRORS[by][family]
  return seen.kind === 'icmp' && seen.type === type && seen.code === code
}

/** Type and code of each: RFC 792, RFC 1812 §5.2.7.1; RFC 4443 §3.1. */
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
  /** What is missing when the very first packet does not arrive, as it must be where it is blocked. */
  readonly blocked: string
  readonly completed: string
  readonly losses: Losses
}

/** The same for whole exchanges. Where frames were lost, a failed exchange proves nothing. */
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
  /** Steps that were missing when the flows were opened, or `completed`. */
  readonly opened: RangeMap<string>
  readonly completed: string
  /** `both ways`, `only back` … of each flow that was opened. */
  readonly checked: RangeMap<string>
  readonly losses: Losses
}

/**
 * Flows that stood while the firewall was changed. `kept`: whether flows outlive
 * what opened them. A flow that was not opened, or of which frames were lost,
 * proves nothing.
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

/** A mismatch outweighs all; a scenario in which nothing was compared is unknown, never conforming. */
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
