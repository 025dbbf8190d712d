/** The same scenarios on several targets, for a terminal: one table, then the differences. */
import Table from 'cli-table3'
import type { Range } from '../net/port-set.ts'
import { count, counted, rangeWords } from '../net/text.ts'
import type { Style } from '../quote/style.ts'
import type { Difference, Matrix, MatrixCell, MatrixTarget, Seen } from '../result/matrix.ts'
import type { Versions } from '../result/result.ts'
import { broken } from './request-words.ts'
import { USUAL } from './widths.ts'
import { plain, wrap } from './words.ts'

/** At most this many differences and unknown results are listed. The JSON result lists all. */
const MAX_LISTED = 40

export function renderMatrix(matrix: Matrix, style: Style): string {
  return [
    matrix.targets.map((target) => placeLine(target, style)).join('\n'),
    table(matrix, style),
    ...paths(matrix.differences, style),
    [...doubts(matrix, style), ` ${lastLine(matrix, style)}`].join('\n'),
  ].join('\n\n')
}

function placeLine({ name, what, versions, failure }: MatrixTarget, style: Style): string {
  const same = name === what ? '' : `${plain(what)}, `
  const about = versions
    ? plain(placeWords(what, versions))
    : style.doubtful(`not run: ${plain(failure ?? '')}`)
  return wrap(`${plain(name)}: ${same}${about}`, ' ')
}

/**
 * A namespace or a container may have loaded its rules with any version of nft, so none is named.
 */
export function placeWords(what: string, { nft, kernel }: Versions): string {
  const rules = /^(?:container|netns):/.test(what) ? 'its own rules' : `nft ${nft}`
  return `${rules}, kernel ${kernel}`
}

function table(matrix: Matrix, style: Style): string {
  const { targets, scenarios } = matrix
  const most = nameWidth(matrix, style)
  const drawn = new Table({
    head: ['scenario', ...targets.map(({ name }) => broken(name, most + 2))],
    style: { head: [], border: [], compact: true },
  })
  for (const { id, cells } of scenarios)
    drawn.push([plain(id), ...cells.map((cell) => cellText(cell, style))])
  return drawn.toString()
}

/** Of a cell: two blanks and a line. */
const BORDERS = 3
/** `✘ 65,536`. */
const NARROWEST = 8

/** Columns for the name of each target: all alike, so that the table fits the screen. */
function nameWidth({ targets, scenarios }: Matrix, { columns = USUAL }: Style): number {
  const first = Math.max('scenario'.length, ...scenarios.map(({ id }) => [...plain(id)].length))
  const left = columns - first - BORDERS - 1
  return Math.max(NARROWEST, Math.floor(left / targets.length) - BORDERS)
}

function cellText({ status, wrong }: MatrixCell, style: Style): string {
  const many = wrong > 0 ? ` ${count(wrong)}` : ''
  switch (status) {
    case 'conforms':
      return style.good('✔')
    case 'mismatch':
      return style.bad(`✘${many}`)
    case 'unknown':
      return style.doubtful(`?${many}`)
    case 'not measured':
      return style.doubtful(status)
    case 'absent':
      return style.doubtful('not run')
    default:
      throw new Error(`unknown status ${status satisfies never}`)
  }
}

function paths(differences: readonly Difference[], style: Style): string[] {
  const alike = alikeRanges(differences)
  const shown = alike.slice(0, MAX_LISTED)
  const byPath = Map.groupBy(shown, ({ scenario, path }) => `${scenario} · ${path}`)
  const left = alike.length - shown.length
  return [
    ...[...byPath].map(([path, own]) =>
      [style.strong(wrap(plain(path), ' ')), ...own.map((one) => differenceLine(one, style))].join(
        '\n',
      ),
    ),
    ...(left > 0
      ? [style.dim(` … and ${counted(left, 'more difference')}: --reporter json lists all`)]
      : []),
  ]
}

const differenceLine = (one: AlikeRanges, style: Style): string =>
  style.bad(wrap(`✘ ${rangesWords(one)}: ${seenWords(one.seen)}`, '   '))

/** Ranges of one path at which the targets differ in the same way. */
export interface AlikeRanges extends Pick<Difference, 'scenario' | 'path' | 'seen'> {
  readonly ranges: readonly Range[]
}

export function alikeRanges(differences: readonly Difference[]): AlikeRanges[] {
  const alike = Map.groupBy(differences, ({ scenario, path, seen }) =>
    JSON.stringify([scenario, path, seen]),
  )
  return [...alike.values()].map((own) => ({ ...own[0]!, ranges: own }))
}

/** At most this many ranges are named for one difference. */
const MAX_RANGES = 16

export function rangesWords({ ranges }: AlikeRanges): string {
  const left = ranges.length - MAX_RANGES
  const named = ranges.slice(0, MAX_RANGES).map(rangeWords).join(', ')
  return left > 0 ? `${named} and ${counted(left, 'more range')}` : named
}

/** `here, debian12: dropped; debian13: open`. */
export const seenWords = (seen: readonly Seen[]): string =>
  seen.map(({ targets, words }) => `${targets.map(plain).join(', ')}: ${plain(words)}`).join('; ')

/** A problem that a target's own line already shows is not repeated. */
function doubts({ problems, targets }: Matrix, style: Style): string[] {
  const said = new Set(targets.map(({ name, failure }) => `${name}: ${failure}`))
  const doubtful = problems.filter((problem) => !said.has(problem))
  const left = doubtful.length - MAX_LISTED
  return [
    ...doubtful.slice(0, MAX_LISTED).map((text) => style.doubtful(wrap(`? ${plain(text)}`, ' '))),
    ...(left > 0
      ? [style.dim(` … and ${counted(left, 'more unknown result')}: --reporter json lists all`)]
      : []),
  ]
}

function lastLine(matrix: Matrix, style: Style): string {
  const { status, targets, scenarios, differences } = matrix
  const over = `${counted(scenarios.length, 'scenario')} on ${counted(targets.length, 'target')}`
  const differing = new Set(differences.map(({ scenario }) => scenario)).size
  const wrong = targets.filter((target) => target.status === 'mismatch').length
  const mismatch = wrong > 0 ? `; ${counted(wrong, 'target does', 'targets do')} not conform` : ''
  switch (status) {
    case 'same':
      return wrong > 0
        ? style.bad(`✘ no difference between targets${mismatch}: ${over}`)
        : style.good(`✔ no difference: ${over}, and all conform`)
    case 'different':
      return style.bad(
        `✘ targets differ in ${differing} of ${over}: ${counted(differences.length, 'range')}${mismatch}`,
      )
    case 'unknown':
      return style.doubtful(`? some results are unknown: ${over}${mismatch}`)
    default:
      throw new Error(`unknown status ${status satisfies never}`)
  }
}
