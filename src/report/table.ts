/** One sweep as a table of 80 columns, with equal neighbouring numbers as one range. */
import Table from 'cli-table3'
import { count, counted, rangeWords } from '../net/text.ts'
import type { Style } from '../quote/style.ts'
import type { Row, TableResult } from '../result/result.ts'
import { pathWords } from '../result/words.ts'
import { expectedWords, numbersHeading, observedWords, plain, seconds } from './words.ts'

const WIDTH = 80
/** At most this many rows of one table are shown. The result file has all. */
const MAX_ROWS = 40
const MARKS = { conforms: '✔', mismatch: '✘', unknown: '?' } as const

/** The table with its heading. Rows beyond MAX_ROWS are counted; wrong rows come first. */
export function renderTable(scenario: string, table: TableResult, style: Style): string {
  const rows = choose(table.rows)
  const drawn = new Table({
    head: [numbersHeading(table.protocol), 'expected', 'observed', 'probes', '', 'policy'],
    colWidths: columnWidths(rows, table),
    colAligns: ['left', 'left', 'left', 'right', 'left', 'left'],
    wordWrap: true,
    wrapOnWordBoundary: true,
    style: { head: [], border: [], compact: true },
  })
  for (const row of rows) drawn.push(cells(row, style))
  const left = table.rows.length - rows.length
  const more = left > 0 ? [style.dim(` … and ${counted(left, 'more row')}: see result.json`)] : []
  return [heading(scenario, table, style), drawn.toString(), ...more].join('\n')
}

const BORDERS = 7 // vertical lines of six columns
const PADDING = 2
const NARROWEST = 14

/**
 * Columns are as wide as their content, within 80 columns. The last column takes the remaining
 * width.
 */
function columnWidths(rows: readonly Row[], table: TableResult): number[] {
  const widest = (head: string, text: (row: Row) => string): number =>
    Math.max(head.length, ...rows.map((row) => [...text(row)].length)) + PADDING
  const ports = widest(numbersHeading(table.protocol), rangeWords)
  const probes = widest('probes', probesOf)
  const mark = 1 + PADDING
  let left = WIDTH - BORDERS - ports - probes - mark - 2 * NARROWEST
  const expected = Math.min(
    widest('expected', (row) => expectedWords(row.expected, row.observed)),
    left,
  )
  left += NARROWEST - expected
  const observed = Math.min(widest('observed', seen), left)
  left += NARROWEST - observed
  return [ports, expected, observed, probes, mark, left]
}

const seen = (row: Row): string => plain(observedWords(row.observed, row.verdict))

const probesOf = (row: Row): string => count((row.to - row.from + 1) * row.attempts.length)

function heading(scenario: string, table: TableResult, style: Style): string {
  const left = ` ${plain(scenario)} · ${plain(pathWords(table))}`
  const right = `${count(table.numbers)} probed in ${seconds(table.timing.sweepMs)}`
  const gap = WIDTH - [...left].length - right.length
  return gap >= 2
    ? style.strong(left) + ' '.repeat(gap) + right
    : `${style.strong(left)}\n   ${right}`
}

function cells(row: Row, style: Style): string[] {
  const emphasise = { conforms: style.good, mismatch: style.bad, unknown: style.doubtful }[
    row.verdict
  ]
  return [
    rangeWords(row),
    expectedWords(row.expected, row.observed),
    emphasise(seen(row)),
    probesOf(row),
    emphasise(MARKS[row.verdict]),
    plain(row.expected.clause.label),
  ]
}

function choose(rows: readonly Row[]): readonly Row[] {
  if (rows.length <= MAX_ROWS) return rows
  const wrong = rows.filter((row) => row.verdict !== 'conforms')
  const shown = new Set(
    [...wrong, ...rows.filter((row) => row.verdict === 'conforms')].slice(0, MAX_ROWS),
  )
  return rows.filter((row) => shown.has(row))
}
