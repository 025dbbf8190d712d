/** The open ports between the endpoints of a zone policy, as observed: one line for each path. */
import Table from 'cli-table3'
import type { Range } from '../net/port-set.ts'
import { FAMILIES, type Family, familyName, PROTOCOLS } from '../net/protocol.ts'
import { counted } from '../net/text.ts'
import type { Style } from '../quote/style.ts'
import type { Row, TableResult } from '../result/result.ts'
import { trafficWords } from './traffic-words.ts'
import { plain } from './words.ts'

const COLUMNS = [28, 45, 3] as const

interface Line {
  readonly path: string
  readonly open: string
  readonly mark: '✔' | '✘' | '?'
}

export function renderConnections(tables: readonly TableResult[], style: Style): string {
  const table = new Table({
    head: ['from → to', 'open', ''],
    colWidths: [...COLUMNS],
    wordWrap: true,
    style: { head: [], border: [], compact: true },
  })
  const lines = linesOf(tables)
  const told = lines.filter(({ open, mark }) => open !== NOTHING || mark !== '✔')
  for (const { path, open, mark } of told) {
    const paint = { '✔': style.good, '✘': style.bad, '?': style.doubtful }[mark]
    table.push([plain(path), plain(open), paint(mark)])
  }
  const others = lines.length - told.length
  const rest = told.length === 0 ? counted(others, 'pair') : counted(others, 'other pair')
  if (others > 0) table.push([rest, 'nothing', style.good('✔')])
  return table.toString()
}

const NOTHING = '–'

/** Ports that are open over one family only get the family's name. */
export function linesOf(tables: readonly TableResult[]): Line[] {
  const paths = Map.groupBy(tables, ({ from, to }) => `${from} → ${to}`)
  return [...paths].map(([path, own]) => {
    const rows = own.flatMap((table) => table.rows)
    const [four, six] = FAMILIES.map((family) => openWords(own, family)) as [string[], string[]]
    const words = [...new Set([...four, ...six])].map((word) => {
      const isOfBoth = four.includes(word) && six.includes(word)
      return isOfBoth ? word : `${word} (${familyName(four.includes(word) ? 4 : 6)})`
    })
    const mark = rows.some((row) => row.verdict === 'mismatch')
      ? '✘'
      : rows.some((row) => row.verdict === 'unknown')
        ? '?'
        : '✔'
    return { path, open: words.join(', ') || NOTHING, mark }
  })
}

function openWords(tables: readonly TableResult[], family: Family): string[] {
  return PROTOCOLS.flatMap((protocol) =>
    tables
      .filter((table) => table.family === family && table.protocol === protocol && isPlain(table))
      .flatMap((table) => trafficWords(protocol, family, openRanges(table))),
  )
}

/** The sweep uses the endpoints' own addresses and an ordinary source port. */
export const isPlain = ({ as, destination, sourcePort }: TableResult): boolean =>
  as === undefined && destination === undefined && sourcePort === undefined

/** If only boundaries were probed and both ends of a range are open, the range counts as open. */
function openRanges({ rows, boundariesOf = [] }: TableResult): Range[] {
  const ranges: { from: number; to: number }[] = []
  let before: Row | undefined
  for (const row of rows) {
    const last = ranges.at(-1)
    const isNext = before !== undefined && isJoined(before, row, boundariesOf)
    if (isOpen(row)) {
      if (last && before && isOpen(before) && isNext) last.to = row.to
      else ranges.push({ from: row.from, to: row.to })
    }
    before = row
  }
  return ranges
}

/** Both rows lie in one requested range, or their numbers are adjacent. */
function isJoined(before: Row, row: Row, asked: readonly Range[]): boolean {
  const isWithin = asked.some(({ from, to }) => from <= before.to && row.from <= to)
  return isWithin || before.to + 1 === row.from
}

function isOpen({ observed }: Row): boolean {
  return observed.kind === 'open' || (observed.kind === 'translated' && observed.way === 'open')
}
