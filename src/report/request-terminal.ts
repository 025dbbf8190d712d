/** A review for a terminal of 80 columns, for the person who decides. */
import Table from 'cli-table3'
import { familyName } from '../net/protocol.ts'
import { count, counted, rangeWords } from '../net/text.ts'
import type { Style } from '../quote/style.ts'
import type { Finding, Opened, Review, Risk } from '../request/reviewed.ts'
import type { Measured, MeasuredRow } from '../result/measured.ts'
import { summarizeRisks } from './request-risks.ts'
import {
  broken,
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
import { plain } from './words.ts'

const WIDTH = 80
/** At most this many rows of one table are shown. The JSON result lists all. */
const MAX_ROWS = 40
const MARKS = { exact: '✔', different: '✘', unknown: '?' } as const

export function renderReview(review: Review, style: Style): string {
  return [
    head(review, style),
    ...findings(review.findings, style),
    [
      style.strong('What opens'),
      ...review.opened.filter(({ asked }) => asked > 0).map((part) => opened(part)),
      paragraph(scopeWords(review)),
      ...(review.naming.named
        ? []
        : [paragraph(`Service names are missing: ${review.naming.reason}.`)]),
    ].join('\n'),
    risks(review.risks, style),
    alternatives(review, style),
    measured(review.measured, style),
  ].join('\n\n')
}

function head(review: Review, style: Style): string {
  const { request, state, at, policy, platform } = review
  const title = `${request.id}: ${openingWords(request)}`
  return [
    style.strong(paragraph(title, '')),
    paragraph(`${request.project} (${request.organization}), asked on ${request.requested}`),
    paragraph(`${stateWords(request, state, at)} · ${at} · policy ${policy.id}, ${platform}`),
    paragraph(`“${request.useCase}”`),
  ].join('\n')
}

function findings(found: readonly Finding[], style: Style): string[] {
  if (found.length === 0) return []
  const lines = found.map(({ kind, at, message }) => {
    const text = paragraph(`! ${at.file}:${at.line}:${at.column}: ${message}`, '', '  ')
    return kind === 'contradiction' ? style.bad(text) : style.doubtful(text)
  })
  return [lines.join('\n')]
}

function opened(part: Opened): string {
  const { protocol, count: opens, asked, already, ranges } = part
  const name = protocol.toUpperCase()
  const rest = already.isEmpty ? '' : `; ${portsWords(already)} already open`
  const line = paragraph(`${name}: ${count(opens)} of ${count(asked)} requested${rest}`)
  if (ranges.length === 0) return line
  const table = tableOf([`${protocol} ports`, 'number', 'services'], [22, 10, 44])
  for (const range of ranges.slice(0, MAX_ROWS))
    table.push([
      rangeWords(range),
      count(range.to - range.from + 1),
      broken(servicesWords(range), 44),
    ])
  return [line, table.toString(), ...more(ranges.length, 'range')].join('\n')
}

function risks(found: readonly Risk[], style: Style): string {
  const title = style.strong('Risks')
  if (found.length === 0) return `${title}\n${paragraph('No known risk for these ports.')}`
  const table = tableOf(['ports', 'risk', 'reason and source'], [16, 18, 42])
  for (const risk of summarizeRisks(found))
    table.push([openingWords(risk, 20), risk.title, `${risk.reason} ${style.dim(risk.source)}`])
  return `${title}\n${table}`
}

function alternatives({ alternatives: found }: Review, style: Style): string {
  const lines = found.map(({ advice, source }) =>
    paragraph(`• ${advice}${source ? ` (${source})` : ''}`, ' ', '   '),
  )
  return [
    style.strong('Narrower'),
    ...(lines.length > 0 ? lines : [paragraph('No narrower request is known.')]),
  ].join('\n')
}

function measured(result: Measured, style: Style): string {
  const emphasise = {
    exact: style.good,
    different: style.bad,
    unknown: style.doubtful,
    'not measured': style.doubtful,
  }[result.verdict]
  const rows = result.verdict === 'not measured' ? [] : rowsShown(result.rows)
  return [
    style.strong('Measured in the lab'),
    emphasise(paragraph(measuredWords(result))),
    ...(rows.length > 0 ? [changes(rows, style)] : []),
    ...evidenceWords(result).map((words) => paragraph(words, ' ', '   ')),
    ...measuredNotes(result).map((note) => style.doubtful(paragraph(`! ${note}`, ' ', '   '))),
  ].join('\n')
}

const PATH_WIDTH = 24

function changes(rows: readonly MeasuredRow[], style: Style): string {
  const table = tableOf(
    ['path', 'over', 'swept', 'should change', 'changes', ''],
    [PATH_WIDTH, 6, 8, 16, 16, 3],
    ['left', 'left', 'right', 'left', 'left', 'left'],
  )
  for (const row of rows.slice(0, MAX_ROWS)) table.push(cells(row, style))
  return [table.toString(), ...more(rows.length, 'row')].join('\n')
}

function cells(row: MeasuredRow, style: Style): string[] {
  const emphasise = { exact: style.good, different: style.bad, unknown: style.doubtful }[
    row.verdict
  ]
  return [
    `${broken(pathOfRow(row), PATH_WIDTH)} (${whereWords(row)})`,
    `${familyName(row.family)} ${row.protocol.toUpperCase()}`,
    count(row.numbers),
    expectedChange(row),
    emphasise(changeWords(row)),
    emphasise(MARKS[row.verdict]),
  ]
}

type Align = 'left' | 'right'

/** Column widths include the padding. The borders are added to them. */
function tableOf(head: string[], colWidths: number[], colAligns: Align[] = []): Table.Table {
  return new Table({
    head,
    colWidths,
    colAligns,
    wordWrap: true,
    wrapOnWordBoundary: true,
    style: { head: [], border: [], compact: true },
  })
}

function more(all: number, what: string): string[] {
  return all > MAX_ROWS
    ? [` … and ${counted(all - MAX_ROWS, `more ${what}`)}: see --reporter json`]
    : []
}

/** The text in lines of at most WIDTH columns. */
function paragraph(text: string, first = ' ', rest = first): string {
  const lines = ['']
  for (const word of plain(text).split(' ')) {
    const line = lines.at(-1)!
    const indent = lines.length === 1 ? first : rest
    const longer = line === '' ? word : `${line} ${word}`
    if ([...indent, ...longer].length <= WIDTH || line === '') lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines.map((line, i) => `${i === 0 ? first : rest}${line}`).join('\n')
}
