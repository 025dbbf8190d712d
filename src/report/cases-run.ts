/** The cases of a run: for each scenario, its paths by policy line, and its other checks. */
import { PortSet } from '../net/port-set.ts'
import { rangeWords } from '../net/text.ts'
import { notMeasuredWords } from '../result/not-measured.ts'
import type { Result, Row, ScenarioResult, TableResult, Verdict } from '../result/result.ts'
import { untestedProblems } from '../result/untested.ts'
import { basePath, pathWords, variantWords } from '../result/words.ts'
import {
  type Case,
  caseOf,
  errors,
  type Finding,
  MEASUREMENT,
  merged,
  type Suite,
  withVerdict,
} from './case.ts'
import { ruleWords } from './distinct.ts'
import { shortReason } from './not-measured.ts'
import { attemptWords, expectedWords, observedWords } from './words.ts'

export function casesOfRun(result: Result): Suite[] {
  const suites = [...result.scenarios.map(suiteOf), ...shardSuites(result)]
  const isGood = result.status === 'conforms' && !result.interrupted
  return withVerdict(suites, isGood, result.interrupted ? 'the run was interrupted' : 'not proved')
}

function suiteOf(scenario: ScenarioResult): Suite {
  const cases = [
    ...policyCases(scenario.tables),
    ...scenario.handshakes.map((one) =>
      caseOf(`${pathWords(one)} · handshakes`, flowFindings(one.rows)),
    ),
    ...scenario.flows.map((one) =>
      caseOf(`${pathWords(one)} · established flows`, flowFindings(one.rows)),
    ),
    ...scenario.sourcePorts.map((one) =>
      caseOf(`${pathWords(one)} · source ports`, sourcePortFindings(one.exceptions)),
    ),
    ...scenario.controls.map((control) =>
      caseOf(
        `${pathWords(control)} · control: ${control.ruleset === 'none' ? 'no rules' : 'drop all'}`,
        control.passed ? [] : errors([control.reason ?? 'the control failed']),
      ),
    ),
    caseOf(MEASUREMENT, measurement(scenario)),
  ]
  const { id, timing } = scenario
  return { name: id, cases: merged(cases), ...timing }
}

/**
 * One for each line of the policy that decides about a port of the path. What variants of its
 * packets found belongs to it: which variants there are depends on the rules.
 */
function policyCases(tables: readonly TableResult[]): Case[] {
  const rows = tables.flatMap((table) => table.rows.map((row) => ({ table, row })))
  const byCase = Map.groupBy(
    rows,
    ({ table, row }) => `${pathWords(basePath(table))} · ${row.expected.clause.label}`,
  )
  return [...byCase].map(([name, own]) => caseOf(name, findingsOf(own)))
}

interface Tabled {
  readonly table: TableResult
  readonly row: Row
}

/** The same failure of several variants is one finding, which lists them. */
function findingsOf(rows: readonly Tabled[]): Finding[] {
  const wrong = rows.filter(({ row }) => row.verdict !== 'conforms')
  const alike = Map.groupBy(wrong, ({ row }) => messageOf(row))
  return [...alike.values()].map((own) => {
    const [first] = own.toSorted((a, b) => Number(isVaried(a)) - Number(isVaried(b)))
    return rowFinding(first!, own)
  })
}

const isVaried = ({ table }: Tabled): boolean => table.variant === true

function messageOf(row: Row): string {
  const { expected, observed, verdict } = row
  const [should, did] = [expectedWords(expected, observed), observedWords(observed, verdict)]
  return `${rangeWords(row)}: expected ${should}, observed ${did}`
}

function rowFinding({ table, row }: Tabled, alike: readonly Tabled[]): Finding {
  const { expected, attempts, verdict } = row
  const rule = ruleWords(row)
  const own = variantWords(table)
  const others = otherVariants(alike, own)
  return {
    status: statusOf(verdict)!,
    message: `${messageOf(row)}${own === '' ? '' : ` (${own})`}`,
    details: [
      ...(rule === '' ? [] : [`decided ${rule.slice(', '.length)}`]),
      ...attempts.map((one, i) => `attempt ${i + 1}: ${attemptWords(one)}`),
      ...replayLine(row),
      ...others.map((words) => `also ${words}`),
    ],
    at: expected.clause.at,
  }
}

/** Source ports are one line, because there may be a thousand. */
function otherVariants(alike: readonly Tabled[], own: string): string[] {
  const all = alike.map(({ table }) => ({ table, words: variantWords(table) }))
  const others = all.filter(({ words }) => words !== '' && words !== own)
  const [ported, rest] = [true, false].map((wanted) =>
    others.filter(({ table, words }) => (words === fromPort(`${table.sourcePort}`)) === wanted),
  )
  const ports = PortSet.from(ported!.map(({ table }) => table.sourcePort!))
  const words = ports.size === 1 ? fromPort(`${ports}`) : `from source ports ${portsText(ports)}`
  return [...new Set([...(ports.isEmpty ? [] : [words]), ...rest!.map((one) => one.words)])]
}

const fromPort = (port: string): string => `from source port ${port}`
const portsText = (ports: PortSet): string => `${ports}`.replaceAll(',', ', ')

const statusOf = (verdict: Verdict): Finding['status'] | undefined =>
  (({ conforms: undefined, mismatch: 'failed', unknown: 'error' }) as const)[verdict]

const replayLine = ({ replay }: { readonly replay?: string }): string[] =>
  replay === undefined ? [] : [`replay: ${replay}`]

interface FlowLike {
  readonly from: number
  readonly to: number
  readonly verdict: Verdict
  readonly expected: string
  readonly observed: string
  readonly replay?: string
}

function flowFindings(rows: readonly FlowLike[]): Finding[] {
  return rows.flatMap((row): Finding[] => {
    const status = statusOf(row.verdict)
    if (!status) return []
    const message = `${rangeWords(row)}: expected ${row.expected}, observed ${row.observed}`
    return [{ status, message, details: replayLine(row) }]
  })
}

const sourcePortFindings = (
  exceptions: ScenarioResult['sourcePorts'][number]['exceptions'],
): Finding[] =>
  errors(
    exceptions.map(
      (range) => `from source port ${rangeWords(range)}: another outcome than from an ordinary one`,
    ),
  )

function measurement(scenario: ScenarioResult): Finding[] {
  const { problems, notMeasured = [] } = scenario
  return [
    ...errors([...problems, ...untestedProblems(scenario)]),
    ...notMeasured.map(
      (one): Finding => ({
        status: 'error',
        message: `${notMeasuredWords(one)}: ${shortReason(one)}`,
        details: one.reason.includes('\n') ? one.reason.split('\n') : [],
      }),
    ),
  ]
}

/**
 * A missing shard must fail the report. With all shards, the report equals the report of a whole
 * run.
 */
function shardSuites({ merged: joined, timing }: Result): Suite[] {
  if (!joined || joined.problems.length === 0) return []
  return [{ name: 'merge', cases: [caseOf('shards', errors(joined.problems))], ...timing }]
}
