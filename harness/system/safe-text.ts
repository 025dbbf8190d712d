/** What a program said, as messages quote it. */
import { terminalSafe } from '../../src/quote/terminal.ts'

/** Safe for a terminal, and no longer than `most` characters before that: the middle is left out. */
export function safeText(text: string, most: number): string {
  const half = Math.floor(most / 2)
  const short =
    text.length <= most ? text : `${text.slice(0, half)} … ${text.slice(text.length - half)}`
  return terminalSafe(short)
}
