/** A comparison of two firewalls for a terminal: every change once, with the deciding rules. */

import { type SummarizedChange, summarize } from '../compare/summary.ts'
import { familyName, protocolName } from '../net/protocol.ts'
import { count, counted, rangeWords } from '../net/text.ts'
import type { Style } from '../quote/style.ts'
import { terminalSafeLine } from '../quote/terminal.ts'
import type { DiffResult, DiffTable, Missing } from '../result/diff.ts'
import { effectlessWords, shadowedWords, untestedCount, untestedWords } from './changed-rules.ts'
import {
  coverageWords,
  decided,
  missingWords,
  numbersWords,
  outcomes,
  whenWords,
} from './diff-words.ts'
import { plain, seconds, wrap } from './words.ts'

/** At most this many changes are listed. The JSON result lists all. */
const MAX_CHANGES = 40
/** At most this many untested comparisons are listed. */
const MAX_NOT_VARIED = 3

export function renderDiff(result: DiffResult, style: Style): string {
  const changes = summarize(result.tables)
  const shown = changes.slice(0, MAX_CHANGES)
  const left = changes.length - shown.length
  return [
    ...paths(shown, style),
    ...(left > 0
      ? [style.dim(` … and ${counted(left, 'more change')}: --reporter json lists all`)]
      : []),
    ...missing(result.missing, style),
    [
      ...unsteady(result.tables, style),
      ...notes(result, style),
      finalLine(result, changes, style),
    ].join('\n'),
  ].join('\n\n')
}

function paths(changes: readonly SummarizedChange[], style: Style): string[] {
  const byPath = Map.groupBy(changes, ({ from, to, protocol }) => `${from} → ${to} · ${protocol}`)
  return [...byPath.values()].map((own) => {
    const { from, to, protocol, families } = own[0]!
    const name = protocol === 'icmp' ? 'ICMP' : protocolName(protocol, families[0]!)
    const lines = own.map((change) => changeLines(change, style))
    return [style.strong(` ${plain(from)} → ${plain(to)} · ${name}`), ...lines].join('\n')
  })
}

function changeLines(change: SummarizedChange, style: Style): string {
  const { row, families } = change
  const paint = row.declared ? style.good : row.kind === 'unknown' ? style.doubtful : style.bad
  const mark = row.declared ? '✔' : row.kind === 'unknown' ? '?' : '✘'
  const over = families.map(familyName).join(' and ')
  const head = `${mark} ${numbersWords(change)} ${row.kind}: ${outcomes(row)}, over ${over}${whenWords(change)}`
  return [
    paint(wrap(plain(head), '   ')),
    ...evidence(change),
    ...(row.declared ? [] : [`       ${terminalSafeLine(row.replay)}`]),
  ].join('\n')
}

function evidence({ row }: SummarizedChange): string[] {
  if (!row.evidence) return []
  const { before, after } = row.evidence
  return [
    wrap(`before: ${decided(before, row)}`, '       '),
    wrap(`after:  ${decided(after, row)}`, '       '),
  ]
}

function missing(all: readonly Missing[], style: Style): string[] {
  if (all.length === 0) return []
  return [all.map((one) => style.bad(wrap(plain(`✘ ${missingWords(one)}`), ' '))).join('\n')]
}

function unsteady(tables: readonly DiffTable[], style: Style): string[] {
  const rows = tables.flatMap((table) => table.unsteady.map((row) => ({ table, row })))
  const groups = Map.groupBy(
    rows,
    ({ table, row }) =>
      `${table.from} → ${table.to} ${protocolName(table.protocol, table.family)}|${row.rule ?? ''}|${row.alike}`,
  )
  return [...groups].map(([key, found]) => {
    const [path, rule] = key.split('|') as [string, string]
    const numbers = [...new Set(found.map(({ row }) => rangeWords(row)))].slice(0, 8).join(', ')
    const alike = found.every(({ row }) => row.alike)
    const said = alike ? ', same rule before and after' : ', in ways that differ'
    return style.doubtful(
      wrap(plain(`! ${path} ${numbers}: unsteady${said}${rule ? `: ${rule}` : ''}`), ' '),
    )
  })
}

function notes(result: DiffResult, style: Style): string[] {
  const {
    coverage,
    problems,
    old,
    new: young,
    changedRules,
    acceptsUntested,
    remarks = [],
  } = result
  const notVaried = [...new Set([...old.notVaried, ...young.notVaried])]
  return [
    ...problems.map((problem) => style.doubtful(wrap(plain(`? ${problem}`), ' '))),
    ...remarks.map((remark) => style.doubtful(wrap(plain(`! ${remark}`), ' '))),
    ...leftOut(coverage.leftOut, style),
    ...untestedWords(changedRules, acceptsUntested).map((words) =>
      style.doubtful(wrap(plain(`${acceptsUntested ? '!' : '?'} ${words}`), ' ')),
    ),
    ...effectlessWords(changedRules).map((words) => style.doubtful(wrap(plain(`! ${words}`), ' '))),
    ...shadowedWords(changedRules).map((words) => style.dim(wrap(plain(words), ' '))),
    ...notVaried
      .slice(0, MAX_NOT_VARIED)
      .map((text) => style.dim(wrap(plain(`not varied: ${text}`), ' '))),
    ...(notVaried.length > MAX_NOT_VARIED
      ? [
          style.dim(
            ` and ${counted(notVaried.length - MAX_NOT_VARIED, 'more comparison')} not varied (see --reporter json)`,
          ),
        ]
      : []),
    ...boundariesOnly('neither ruleset has a chain on this hook', coverage.unusedPaths, style),
    ...boundariesOnly('neither ruleset distinguishes the other ports', coverage.alikePaths, style),
  ]
}

/** At most this many omissions are listed. */
const MAX_LEFT_OUT = 6

function leftOut(all: readonly string[], style: Style): string[] {
  const shown = all.slice(0, MAX_LEFT_OUT)
  const more = all.length - shown.length
  return [
    ...shown.map((text) => style.doubtful(wrap(plain(`! left out: ${text}`), ' '))),
    ...(more > 0
      ? [style.doubtful(` ! and ${count(more)} more left out (see --reporter json)`)]
      : []),
  ]
}

function boundariesOnly(why: string, paths: readonly string[], style: Style): string[] {
  if (paths.length === 0) return []
  return [style.dim(wrap(plain(`on boundaries only, because ${why}: ${paths.join(', ')}`), ' '))]
}

function finalLine(result: DiffResult, changes: readonly SummarizedChange[], style: Style): string {
  const { status, coverage, timing, expected } = result
  const over = `${coverageWords(coverage)}, ${seconds(timing.totalMs)}`
  const cut = result.interrupted ? 'interrupted; results so far: ' : ''
  switch (status) {
    case 'same':
      return style.good(wrap(`✔ ${cut}no difference: ${over}`, ' '))
    case 'as-declared':
      return style.good(wrap(plain(`✔ ${cut}exactly what ${expected} declares: ${over}`), ' '))
    case 'different': {
      const wrong = changes.filter(({ row }) => row.declared !== true).length
      const what =
        expected === undefined ? counted(wrong, 'change') : `not what ${expected} declares`
      return style.bad(wrap(plain(`✘ ${cut}${what}: ${over}`), ' '))
    }
    case 'not-proved':
      return style.doubtful(
        wrap(
          plain(
            `? ${cut}no ${expected === undefined ? '' : 'other '}difference found, but ${untestedCount(result.changedRules)}: ${over}`,
          ),
          ' ',
        ),
      )
    case 'unknown':
      return style.doubtful(wrap(`? ${cut}some results are unknown: ${over}`, ' '))
    default:
      throw new Error(`unknown status ${status satisfies never}`)
  }
}
