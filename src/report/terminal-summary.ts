/** The end of a result for a terminal: a line for each failure, and one final line. */

import { count, counted, rangeWords } from '../net/text.ts'
import type { Style } from '../quote/style.ts'
import { terminalSafeLine } from '../quote/terminal.ts'
import { isNotMeasured } from '../result/not-measured.ts'
import type {
  HandshakeRow,
  Result,
  Row,
  ScenarioResult,
  Subject,
  TableResult,
  Verdict,
} from '../result/result.ts'
import { shardWords } from '../result/shard.ts'
import { untestedProblems } from '../result/untested.ts'
import { pathWords } from '../result/words.ts'
import { distinctTables, ruleWords } from './distinct.ts'
import { notMeasuredLine } from './not-measured.ts'
import { expectedWords, observedWords, plain, seconds, WIDTH, wrap } from './words.ts'

/** At most this many wrong rows are listed in the summary. */
export const MAX_SUMMARY = 20

/** Mismatches first, each with its replay command, then one final line. */
export function renderSummary(result: Result, style: Style): string {
  const wrong = result.scenarios.flatMap((s) => summaryLines(s, 'mismatch', style))
  const doubtful = result.scenarios.flatMap((s) => summaryLines(s, 'unknown', style))
  const lines = [...wrong, ...doubtful]
  return [
    ...atMost(MAX_SUMMARY, lines),
    ...atMost(MAX_SUMMARY, mergeLines(result, style)),
    finalLine(result, style),
  ].join('\n')
}

function atMost(most: number, lines: readonly string[]): string[] {
  const left = lines.length - most
  return [...lines.slice(0, most), ...(left > 0 ? [` … and ${count(left)} more`] : [])]
}

/** Why a merged result is incomplete. */
function mergeLines({ merged }: Result, style: Style): string[] {
  return (merged?.problems ?? []).map((problem) =>
    style.doubtful(wrap(plain(problem)).replace(/^ {3}/, ' ? ')),
  )
}

function summaryLines(
  scenario: ScenarioResult,
  verdict: 'mismatch' | 'unknown',
  style: Style,
): string[] {
  const mark = verdict === 'mismatch' ? style.bad('✘') : style.doubtful('?')
  const line = (subject: Subject, what: string, { replay }: { readonly replay?: string }): string =>
    ` ${mark} ${plain(scenario.id)} · ${plain(pathWords(subject))} · ${what}${replay === undefined ? '' : `\n   ${terminalSafeLine(replay)}`}`
  const own = <R extends { readonly verdict: Verdict }>(rows: readonly R[]): R[] =>
    rows.filter((row) => row.verdict === verdict)
  return [
    ...byRule(
      distinctTables(scenario).flatMap((table) => own(table.rows).map((row) => ({ table, row }))),
    ).map(({ table, row, others }) => {
      const seen = plain(observedWords(row.observed, row.verdict))
      const what = `${rangeWords(row)} expected ${expectedWords(row.expected, row.observed)}, observed ${seen}${ruleLine(row)}`
      const more = others === 0 ? '' : `\n   and ${counted(others, 'more range')} by this rule`
      return `${line(table, what, row)}${more}`
    }),
    ...scenario.handshakes.flatMap((handshake) =>
      own(handshake.rows).map((row) =>
        line(handshake, `handshake ${rangeWords(row)} ${must(row)}; ${plain(row.observed)}`, row),
      ),
    ),
    ...scenario.flows.flatMap((flow) =>
      own(flow.rows).map((row) =>
        line(
          flow,
          `established flow ${rangeWords(row)} expected ${row.expected}; ${plain(row.observed)}`,
          row,
        ),
      ),
    ),
    ...(verdict === 'unknown'
      ? (scenario.notMeasured ?? []).map((one) =>
          style.doubtful(wrap(`? ${notMeasuredLine(scenario.id, one)}`, ' ')),
        )
      : []),
    ...(verdict === 'unknown'
      ? scenario.sourcePorts.flatMap((result) =>
          result.exceptions.map((range) =>
            line(result, `other outcome with source port ${rangeWords(range)}`, {}),
          ),
        )
      : []),
  ]
}

interface Failure {
  readonly table: TableResult
  readonly row: Row
}

/** One line for each deciding rule: the tables list all its ranges. Rows without a rule stay. */
function byRule(failures: readonly Failure[]): (Failure & { readonly others: number })[] {
  const alike = Map.groupBy(failures, (failure) => ruleWords(failure.row) || failure)
  return [...alike.values()].map(([first, ...others]) => ({ ...first!, others: others.length }))
}

/** The deciding rule on a line of its own, if its position is known. */
function ruleLine(row: Row): string {
  const words = ruleWords(row)
  return words === '' ? '' : `\n${wrap(plain(words.slice(', '.length)))}`
}

export const must = ({ expected }: HandshakeRow): string =>
  expected === 'completes' ? 'must complete' : 'must not begin'

function finalLine(result: Result, style: Style): string {
  const { scenarios, timing } = result
  const all = scenarios.flatMap((s) => s.tables)
  const tables = scenarios.flatMap(distinctTables)
  const probed = all.reduce((n, t) => n + t.numbers, 0)
  const cost = `${counted(probed, unitOf(all))} probed in ${seconds(timing.totalMs)}`
  const cut = result.interrupted ? 'interrupted; results so far: ' : ''
  const of = `${counted(scenarios.length, 'scenario')}${ofWhat(result)}`
  if (result.status === 'conforms' && !result.interrupted) {
    const verb = scenarios.length === 1 ? 'conforms' : 'conform'
    return style.good(fitting(`✔ ${of} ${verb}:`, cost))
  }
  const bad = countNumbers(tables, 'mismatch')
  const unknown = countNumbers(tables, 'unknown')
  const flows = scenarios
    .flatMap((s) =>
      [...s.handshakes, ...s.flows].flatMap((h): { verdict: Verdict }[] => [...h.rows]),
    )
    .filter((row) => row.verdict === 'mismatch').length
  const failed = scenarios.filter((s) => s.status === 'mismatch').length
  const unmeasured = scenarios.filter(isNotMeasured).length
  const besides = unmeasured > 0 ? `, ${count(unmeasured)} not measured` : ''
  if (result.status === 'mismatch') {
    const where = `${failed} of ${count(scenarios.length)} scenarios${ofWhat(result)}${besides}`
    const failures = [
      ...(bad > 0 ? [counted(bad, unitOf(wrongIn(tables, 'mismatch')))] : []),
      ...(flows > 0 ? [counted(flows, 'handshake or flow', 'handshakes and flows')] : []),
    ]
    return style.bad(fitting(`✘ ${cut}${failures.join(' and ')} failed in ${where}:`, cost))
  }
  const conforming = scenarios.filter((s) => s.status === 'conforms').length
  if (unmeasured > 0 && conforming + unmeasured === scenarios.length && !hasProblems(result)) {
    const verb = conforming === 1 ? 'conforms' : 'conform'
    return style.doubtful(fitting(`? ${cut}${conforming} of ${of} ${verb}${besides}:`, cost))
  }
  return style.doubtful(
    fitting(
      `? ${cut}not proved: ${doubtWords(scenarios, unknown, unitOf(wrongIn(tables, 'unknown')))} in ${of}${besides}:`,
      cost,
    ),
  )
}

/** `3 ports unknown and 1 rule not tested` */
function doubtWords(scenarios: readonly ScenarioResult[], unknown: number, unit: string): string {
  const rules = scenarios.reduce((sum, scenario) => sum + untestedProblems(scenario).length, 0)
  const untested = `${counted(rules, 'rule')} not tested`
  if (rules === 0) return `${counted(unknown, unit)} unknown`
  return unknown === 0 ? untested : `${counted(unknown, unit)} unknown and ${untested}`
}

const hasProblems = ({ merged, interrupted }: Result): boolean =>
  interrupted || (merged?.problems ?? []).length > 0

/** The summary of a shard covers that shard; the summary of a merge covers the shards present. */
function ofWhat({ shard, merged }: Result): string {
  if (shard) return ` of ${shardWords(shard)}`
  if (merged) return ` of ${merged.shards.length} of ${counted(merged.count, 'shard')}`
  return ''
}

/** One line if it fits into the terminal, else two. */
function fitting(first: string, then: string): string {
  const line = `${first} ${then}`
  return line.length <= WIDTH ? line : `${first}\n  ${then}`
}

/** TCP and UDP have ports. A total that includes ICMP types or IP protocols counts numbers. */
function unitOf(tables: readonly TableResult[]): string {
  return tables.every(({ protocol }) => protocol === 'tcp' || protocol === 'udp')
    ? 'port'
    : 'number'
}

const wrongIn = (tables: readonly TableResult[], verdict: Row['verdict']): TableResult[] =>
  tables.filter(({ rows }) => rows.some((row) => row.verdict === verdict))

function countNumbers(tables: readonly TableResult[], verdict: Row['verdict']): number {
  return tables
    .flatMap((t) => t.rows)
    .filter((row) => row.verdict === verdict)
    .reduce((n, row) => n + row.to - row.from + 1, 0)
}
