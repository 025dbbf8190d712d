/** What could not be measured, in words: for every report the same. */

import type { Style } from '../quote/style.ts'
import { notMeasuredWords } from '../result/not-measured.ts'
import type { NotMeasured, ScenarioResult } from '../result/result.ts'
import { plain } from './words.ts'

/** Lines of a reason that are printed; a script may say a lot before it fails. */
const MAX_LINES = 20

/** With the whole reason; its lines are kept, because some point at a place in the line above. */
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
        ...(left > 0 ? [`   … and ${left} more lines`] : []),
      ].join('\n'),
    )
  })
}

/** No more of the reason than its first line, and what that announces. */
export function notMeasuredLine(id: string, one: NotMeasured): string {
  return `${plain(id)} · ${notMeasuredWords(one)}: ${shortReason(one)}`
}

export function shortReason(one: NotMeasured): string {
  const [first = '', second] = linesOf(one)
  return first.endsWith(':') && second !== undefined ? `${first} ${second.trim()}` : first
}

// Blanks stay: a caret below a line points at a column.
const linesOf = ({ reason }: NotMeasured): string[] =>
  reason
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => /^\s*/.exec(line)![0].replaceAll('\t', ' ') + plain(line.trim()))
