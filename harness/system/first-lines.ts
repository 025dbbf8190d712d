/** What another program said, shortened: it may be as long as what it was given. */
import { MAX_PRINTED, moreText } from '../../src/input/problem.ts'

/** Longest line that is printed, in characters. */
const LONGEST = 400

/** The first lines of it, and how many more there are. */
export function shortened(text: string): string {
  const lines = text.split('\n')
  const shown = lines
    .slice(0, MAX_PRINTED)
    .map((line) => (line.length > LONGEST ? `${line.slice(0, LONGEST)}…` : line))
  const more = lines.length - shown.length
  return [...shown, ...(more > 0 ? [moreText(more, 'line')] : [])].join('\n')
}
