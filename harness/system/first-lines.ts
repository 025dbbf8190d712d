/** The shortened output of another program, which may be as long as its input. */
import { MAX_PRINTED, moreText } from '../../src/input/problem.ts'

/** Longest printed line, in characters. */
const LONGEST = 400

/** The first lines, and the number of further ones. */
export function shortened(text: string): string {
  const lines = text.split('\n')
  const shown = lines
    .slice(0, MAX_PRINTED)
    .map((line) => (line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line))
  const more = lines.length - shown.length
  return [...shown, ...(more > 0 ? [moreText(more, 'line')] : [])].join('\n')
}
