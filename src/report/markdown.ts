/** A short Markdown summary, as CI systems show it on the page of a run. */

import { count, counted, rangeWords } from '../net/text.ts'
import { cell, code } from '../quote/markdown.ts'
import { isNotMeasured, notMeasuredWords } from '../result/not-measured.ts'
import type { FlowRow, HandshakeRow, Result, ScenarioResult } from '../result/result.ts'
import { shardWords } from '../result/shard.ts'
import { untestedProblems } from '../result/untested.ts'
import { pathWords } from '../result/words.ts'
import { distinctTables, ruleWords } from './distinct.ts'
import { classWords, expectedWords, observedWords, seconds } from './words.ts'

const MARKS = { conforms: '✔', mismatch: '✘', unknown: '?' } as const
/** At most this many wrong rows are listed: GitHub limits a summary to 1 MiB. */
const MAX_ROWS = 200

export function renderMarkdown(result: Result): string {
  const title = { conforms: 'conforms', mismatch: 'mismatch', unknown: 'not proved' }[result.status]
  const { versions } = result
  return `${[
    `## nftproof: ${title}${result.interrupted ? ' (interrupted)' : ''}${shardTitle(result)}`,
    '',
    ...mergeLines(result),
    '| | scenario | probed | time |',
    '|---|---|---:|---:|',
    ...result.scenarios.map(scenarioRow),
    ...unmeasuredLine(result),
    ...remarkLines(result),
    ...classLines(result),
    ...wrongRows(result),
    '',
    `Kernel ${cell(versions.kernel)}, nft ${cell(versions.nft)}, nftproof ${cell(versions.nftproof)}.`,
  ].join('\n')}\n`
}

function scenarioRow(scenario: ScenarioResult): string {
  const numbers = scenario.tables.reduce((n, t) => n + t.numbers, 0)
  const title = `${cell(scenario.id)}: ${cell(scenario.title)}`
  return `| ${MARKS[scenario.status]} | ${title} | ${count(numbers)} | ${seconds(scenario.timing.totalMs)} |`
}

function unmeasuredLine({ scenarios }: Result): string[] {
  const unmeasured = scenarios.filter(isNotMeasured).length
  if (unmeasured === 0) return []
  const conforming = scenarios.filter(({ status }) => status === 'conforms').length
  return [
    '',
    `${count(conforming)} of ${counted(scenarios.length, 'scenario')} ${conforming === 1 ? 'conforms' : 'conform'}, ${count(unmeasured)} not measured.`,
  ]
}

function remarkLines({ scenarios }: Result): string[] {
  const lines = scenarios.flatMap(({ id, remarks = [] }) =>
    remarks.map((remark) => `- ! ${cell(id)}: ${cell(remark)}`),
  )
  return lines.length === 0 ? [] : ['', ...lines]
}

function shardTitle({ shard }: Result): string {
  return shard ? `, ${shardWords(shard)}` : ''
}

/** The shards that were merged, and the reason if the result is incomplete. */
function mergeLines({ merged }: Result): string[] {
  if (!merged) return []
  const there = `Merged from ${merged.shards.length} of ${counted(merged.count, 'shard')}.`
  return [there, ...merged.problems.map((problem) => `- ? ${cell(problem)}`), '']
}

/** At most this many classes are listed: large platforms have hundreds. */
const MAX_CLASSES = 50

function classLines({ scenarios }: Result): string[] {
  const lines = scenarios.flatMap(({ id, tables }) =>
    classWords(tables).map(
      ({ words, isWrong }) => `- ${isWrong ? '✘' : '✔'} ${cell(id)}, ${cell(words)}`,
    ),
  )
  if (lines.length === 0) return []
  const left = lines.length - MAX_CLASSES
  return [
    '',
    ...lines.slice(0, MAX_CLASSES),
    ...(left > 0 ? [`- … and ${count(left)} more classes`] : []),
  ]
}

function replayCell({ replay }: { readonly replay?: string }): string {
  return replay === undefined ? '' : code(replay)
}

function wrongRows(result: Result): string[] {
  const rows = result.scenarios.flatMap((scenario) => [
    ...distinctTables(scenario).flatMap((table) =>
      table.rows
        .filter((row) => row.verdict !== 'conforms')
        .map((row) => {
          const observed = cell(`${observedWords(row.observed, row.verdict)}${ruleWords(row)}`)
          const replay = replayCell(row)
          return `| ${MARKS[row.verdict]} | ${cell(scenario.id)} | ${cell(pathWords(table))} | ${rangeWords(row)} | ${cell(expectedWords(row.expected, row.observed))} | ${observed} | ${replay} |`
        }),
    ),
    ...[...scenario.handshakes, ...scenario.flows].flatMap((exchange) =>
      exchange.rows
        .map((row: HandshakeRow | FlowRow) => row)
        .filter((row) => row.verdict !== 'conforms')
        .map(
          (row) =>
            `| ${MARKS[row.verdict]} | ${cell(scenario.id)} | ${cell(pathWords(exchange))} | ${rangeWords(row)} | ${cell(row.expected)} | ${cell(row.observed)} | ${replayCell(row)} |`,
        ),
    ),
    ...scenario.sourcePorts.flatMap((result) =>
      result.exceptions.map(
        (range) =>
          `| ? | ${cell(scenario.id)} | ${cell(pathWords(result))} | from source port ${rangeWords(range)} | as from an ordinary port | different | |`,
      ),
    ),
    ...(scenario.notMeasured ?? []).map(
      (one) =>
        `| ? | ${cell(scenario.id)} | ${cell(notMeasuredWords(one))} | | | ${cell(one.reason)} | |`,
    ),
    ...[...scenario.problems, ...untestedProblems(scenario)].map(
      (p) => `| ? | ${cell(scenario.id)} | ${cell(p)} | | | | |`,
    ),
  ])
  if (rows.length === 0) return []
  const more =
    rows.length > MAX_ROWS ? ['', `… and ${count(rows.length - MAX_ROWS)} more rows.`] : []
  return [
    '',
    '| | scenario | path | ports | expected | observed | replay |',
    '|---|---|---|---|---|---|---|',
    ...rows.slice(0, MAX_ROWS),
    ...more,
  ]
}
