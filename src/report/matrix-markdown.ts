/** The same scenarios on several targets as Markdown, for a comment or the summary of a CI run. */

import { count, counted } from '../net/text.ts'
import { cell } from '../quote/markdown.ts'
import type { Matrix, MatrixCell } from '../result/matrix.ts'
import { alikeRanges, placeWords, rangesWords, seenWords } from './matrix-terminal.ts'

/** At most this many differences are listed: GitHub and GitLab limit a comment to 64 KiB. */
const MAX_LISTED = 100
const MARKS = {
  conforms: '✔',
  mismatch: '✘',
  unknown: '?',
  absent: 'not run',
  'not measured': 'not measured',
} as const
const TITLES = {
  same: 'no difference',
  different: '✘ targets differ',
  unknown: '? some results are unknown',
} as const

export function renderMatrixMarkdown(matrix: Matrix): string {
  const { targets, scenarios, differences, problems } = matrix
  const columns = targets.map(({ name }) => ` ${cell(name)} |`).join('')
  const alike = alikeRanges(differences)
  const left = alike.length - MAX_LISTED
  return `${[
    `## nftproof matrix: ${TITLES[matrix.status]}`,
    '',
    ...targets.map(({ name, what, versions, failure }) =>
      versions
        ? `- ${cell(name)}: ${cell(what)}, ${cell(placeWords(what, versions))}`
        : `- ? ${cell(name)}: ${cell(what)}, not run: ${cell(failure ?? '')}`,
    ),
    '',
    `| scenario |${columns}`,
    `|---|${targets.map(() => '---|').join('')}`,
    ...scenarios.map(({ id, cells }) => `| ${cell(id)} |${cells.map(cellText).join('')}`),
    '',
    ...alike
      .slice(0, MAX_LISTED)
      .map(
        (one) =>
          `- ✘ ${cell(`${one.scenario} · ${one.path}`)} ${rangesWords(one)}: ${cell(seenWords(one.seen))}`,
      ),
    ...(left > 0 ? [`- … and ${counted(left, 'more difference')}`] : []),
    ...problems.slice(0, MAX_LISTED).map((problem) => `- ? ${cell(problem)}`),
  ].join('\n')}\n`
}

function cellText({ status, wrong }: MatrixCell): string {
  return ` ${MARKS[status]}${wrong > 0 ? ` ${count(wrong)}` : ''} |`
}
