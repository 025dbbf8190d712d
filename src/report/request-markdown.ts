/** A review as a Markdown page, for the ticket that decides the request. */

import { familyName } from '../net/protocol.ts'
import { count, counted, rangeWords } from '../net/text.ts'
import { cell } from '../quote/markdown.ts'
import type { Opened, Review } from '../request/reviewed.ts'
import type { Measured, MeasuredRow } from '../result/measured.ts'
import { summarizeRisks } from './request-risks.ts'
import {
  changeWords,
  evidenceWords,
  expectedChange,
  measuredNotes,
  measuredWords,
  openingWords,
  pathOfRow,
  portsWords,
  rowsShown,
  scopeWords,
  servicesWords,
  stateWords,
  whereWords,
} from './request-words.ts'

/** At most this many ranges are listed. The JSON result lists all. */
const MAX_ROWS = 200
const MARKS = { exact: '✔', different: '✘', unknown: '?' } as const

export function renderReviewMarkdown(review: Review): string {
  const { request, state, at, policy, platform, naming } = review
  return `${[
    `## Request ${cell(request.id)}: ${cell(openingWords(request))}`,
    '',
    `Project ${cell(request.project)} (${cell(request.organization)}), asked on ${cell(request.requested)}; ${cell(stateWords(request, state, at))}. Reviewed as of ${cell(at)}, policy ${cell(policy.id)}, platform ${cell(platform)}.`,
    '',
    `> ${cell(request.useCase)}`,
    ...listOf(
      review.findings.map(
        (f) =>
          `**${cell(f.kind)}**: ${cell(`${f.at.file}:${f.at.line}:${f.at.column}: ${f.message}`)}`,
      ),
    ),
    '',
    '### What opens',
    '',
    cell(scopeWords(review)),
    ...(naming.named ? [] : ['', `Service names are missing: ${cell(naming.reason)}.`]),
    ...openedTable(review.opened),
    '',
    '### Risks',
    ...risksTable(review),
    '',
    '### Narrower alternatives',
    ...listOf(
      review.alternatives.map(({ advice, source }) =>
        cell(`${advice}${source ? ` (${source})` : ''}`),
      ),
      'No narrower request is known.',
    ),
    '',
    '### Measured in the lab',
    '',
    cell(measuredWords(review.measured)),
    ...listOf(measuredNotes(review.measured).map(cell)),
    ...measuredTable(review.measured),
    ...listOf(evidenceWords(review.measured).map(cell)),
  ].join('\n')}\n`
}

function listOf(items: readonly string[], none?: string): string[] {
  if (items.length === 0) return none === undefined ? [] : ['', none]
  return ['', ...items.map((item) => `- ${item}`)]
}

function openedTable(parts: readonly Opened[]): string[] {
  const rows = parts.flatMap(({ protocol, ranges }) =>
    ranges.map((range) => {
      const number = count(range.to - range.from + 1)
      return `| ${protocol.toUpperCase()} | ${rangeWords(range)} | ${number} | ${cell(servicesWords(range))} |`
    }),
  )
  const already = parts
    .filter((part) => !part.already.isEmpty)
    .map((part) => `${part.protocol.toUpperCase()} ${portsWords(part.already)}`)
  return [
    ...(rows.length > 0
      ? [
          '',
          '| protocol | ports | number | services |',
          '|---|---|---:|---|',
          ...rows.slice(0, MAX_ROWS),
        ]
      : []),
    ...(rows.length > MAX_ROWS
      ? ['', `… and ${counted(rows.length - MAX_ROWS, 'more range')}.`]
      : []),
    ...(already.length > 0 ? ['', `Already open: ${cell(already.join('; '))}.`] : []),
  ]
}

function risksTable({ risks }: Review): string[] {
  if (risks.length === 0) return ['', 'No known risk for these ports.']
  const rows = summarizeRisks(risks).map(
    (risk) =>
      `| ${cell(openingWords(risk))} | ${cell(risk.title)} | ${cell(risk.reason)} | ${cell(risk.source)} |`,
  )
  return ['', '| ports | risk | why | source |', '|---|---|---|---|', ...rows]
}

function measuredTable(measured: Measured): string[] {
  if (measured.verdict === 'not measured' || measured.rows.length === 0) return []
  return [
    '',
    '| | path | over | ports swept | should change | changes |',
    '|---|---|---|---:|---|---|',
    ...rowsShown(measured.rows).map(measuredRow),
  ]
}

function measuredRow(row: MeasuredRow): string {
  const over = `${familyName(row.family)} ${row.protocol.toUpperCase()}`
  return `| ${MARKS[row.verdict]} | ${cell(`${pathOfRow(row)} (${whereWords(row)})`)} | ${over} | ${count(row.numbers)} | ${cell(expectedChange(row))} | ${cell(changeWords(row))} |`
}
