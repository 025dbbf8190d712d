/** The comment of a rule: the file, the lines and the labels of what it was compiled from. */
import type { Clause } from '../policy/clause.ts'
import { comment } from '../quote/nft.ts'

type Line = Pick<Clause, 'label' | 'at'>

/** ` comment "zerops.yaml:10-12,14 allow SSH, DNS, HTTP, HTTPS"`. `what` stands before the labels. */
export function origin(clauses: readonly Line[], what = ''): string {
  const sorted = clauses.toSorted((a, b) => a.at.line - b.at.line || a.at.column - b.at.column)
  const lines = linesText(sorted.map(({ at }) => at.line))
  return comment(`${baseName(sorted[0]!.at.file)}:${lines} ${what}${labelsText(sorted)}`)
}

export function baseName(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1)
}

/** Sorted numbers of lines; neighbours as a range. */
function linesText(lines: readonly number[]): string {
  const ranges: [number, number][] = []
  for (const line of lines) {
    const last = ranges.at(-1)
    if (last && line <= last[1] + 1) last[1] = line
    else ranges.push([line, line])
  }
  return ranges.map(([from, to]) => (from === to ? `${from}` : `${from}-${to}`)).join(',')
}

/** More is in the line of the policy, which the comment names. */
const MOST_LABELS = 40

/**
 * `allow SSH, DNS`: neighbours that begin with the same word share it. `allow udp/53 and 2 more` if
 * the line is long.
 */
function labelsText(clauses: readonly Line[]): string {
  let before = ''
  const labels = clauses.map(({ label }) => {
    const [word, ...rest] = label.split(' ')
    const isSame = rest.length > 0 && word === before
    before = word!
    return isSame ? rest.join(' ') : label
  })
  return shortened(labels.join(', ').split(', '))
}

function shortened(words: readonly string[]): string {
  const whole = words.join(', ')
  if (whole.length <= MOST_LABELS) return whole
  const fitting = words.findLastIndex(
    (_, i) => words.slice(0, i + 1).join(', ').length <= MOST_LABELS,
  )
  const kept = Math.max(1, fitting + 1)
  const more = words.length - kept
  return `${words.slice(0, kept).join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}
