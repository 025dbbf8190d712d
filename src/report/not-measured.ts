/** Parts that could not be measured, with the reason: the same text in every report. */

import { counted } from '../net/text.ts'
import type { Style } from '../quote/style.ts'
import { notMeasuredWords } from '../result/not-measured.ts'
import type { NotMeasured, ScenarioResult } from '../result/result.ts'
import { plain } from './words.ts'

/** At most this many lines of a reason are printed: a script may print a lot before it fails. */
const MAX_LINES = 20

/**
 * The whole reason. Its line breaks stay, because a line with a caret points into the line above
 * it.
 */
export function renderNotMeasured(
  { id, notMeasured = [] }: Pick<ScenarioResult, 'id' | 'notMeasured'>,
  style: Style,
): string[] {
  return notMeasured.map((one) => {
    const lines = linesOf(one)
    const left = lines.length - MAX_LINES
    return style.doubtful(
      [
        ` ? ${plain(id)} · ${notMeasuredWords(one)}:`,
        ...lines.slice(0, MAX_LINES).map((line) => `   ${line}`),
        ...(left > 0 ? [`   … and ${counted(left, 'more line')}`] : []),
      ].join('\n'),
    )
  })
}

/** The first line of the reason. If it ends with a colon, the second line as well. */
export function notMeasuredLine(id: string, one: NotMeasured): string {
  return `${plain(id)} · ${notMeasuredWords(one)}: ${shortReason(one)}`
}

export function shortReason(one: NotMeasured): string {
  const [first = '', second] = linesOf(one)
  return first.endsWith(':') && second !== undefined ? `${first} ${second.trim()}` : first
}

// Leading blanks stay, because a caret points at a column of the line above.
const linesOf = ({ reason }: NotMeasured): string[] =>
  reason
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => /^\s*/.exec(line)![0].replaceAll('\t', ' ') + plain(line.trim()))
