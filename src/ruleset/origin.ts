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

/** `allow SSH, DNS`: neighbours that begin with the same word share it. */
function labelsText(clauses: readonly Line[]): string {
  let before = ''
  return clauses
    .map(({ label }) => {
      const [word, ...rest] = label.split(' ')
      const isSame = rest.length > 0 && word === before
      before = word!
      return isSame ? rest.join(' ') : label
    })
    .join(', ')
}
