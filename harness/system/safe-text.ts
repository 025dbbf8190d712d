/** The output of a program, for quotation in a message. */
import { terminalSafe } from '../../src/quote/terminal.ts'

/** Safe for a terminal, shortened to `most` characters before that: the middle is left out. */
export function safeText(text: string, most: number): string {
  const half = Math.floor(most / 2)
  const short =
    text.length <= most ? text : `${text.slice(0, half)} … ${text.slice(text.length - half)}`
  return terminalSafe(short)
}
