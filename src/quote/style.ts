/**
 * Colours, or none. A report is pure text with marked codes. The mark is unknown to text from
 * outside, so the output can distinguish the report's codes from codes within that text.
 */
import { terminalSafe } from './terminal.ts'

export interface Style {
  readonly good: (text: string) => string
  readonly bad: (text: string) => string
  readonly doubtful: (text: string) => string
  readonly dim: (text: string) => string
  readonly strong: (text: string) => string
  /** Columns of the screen that tables may use; 80 where absent. */
  readonly columns?: number
}

const same = (text: string): string => text
export const PLAIN: Style = { good: same, bad: same, doubtful: same, dim: same, strong: same }

// ECMA-48 §8.3.117, select graphic rendition: the code that starts each style, and the code that
// ends it.
const ENDS: Readonly<Record<string, string>> = { 1: '22', 2: '22', 31: '39', 32: '39', 33: '39' }

/** `mark` is empty, or additional parameters of a code: `;1234;5678`. */
export function markedStyle(mark: string): Style {
  const sgr =
    (on: string) =>
    (text: string): string =>
      `\u001b[${on}${mark}m${text}\u001b[${ENDS[on]}m`
  return { good: sgr('32'), bad: sgr('31'), doubtful: sgr('33'), dim: sgr('2'), strong: sgr('1') }
}

export const COLOURED = markedStyle('')

const ON = Object.keys(ENDS)
const OFF = [...new Set(Object.values(ENDS))]

/**
 * A report for a terminal: the codes of `markedStyle(mark)` become ordinary ones, and all other
 * text is made safe. An ending code needs no mark, because it counts only after a starting one.
 * cli-table3 writes such codes too when it breaks a cell into lines.
 */
export function forTerminal(report: string, mark: string): string {
  const codes = new RegExp(`\u001b\\[(?:(${ON.join('|')})${mark}|(${OFF.join('|')}))m`)
  const [first = '', ...rest] = report.split(codes)
  const parts = [terminalSafe(first)]
  const begun: string[] = []
  // After each code: the style that it starts or ends, and the text up to the next code.
  for (let i = 0; i < rest.length; i += 3) {
    const [on, off, text = ''] = rest.slice(i, i + 3)
    const code = `\u001b[${on ?? off}m`
    const last = begun.lastIndexOf(off ?? '')
    if (on !== undefined) begun.push(ENDS[on]!)
    else if (last >= 0) begun.splice(last, 1)
    const isOurs = on !== undefined || last >= 0
    parts.push(isOurs ? code : terminalSafe(code), terminalSafe(text))
  }
  return parts.join('')
}

const OWN = new RegExp(`(\u001b\\[(?:${[...ON, ...OFF].join('|')})m)`)

/**
 * A report of another nftproof process, which does not know the mark: its codes stay, all other
 * text is made safe.
 */
export function keepingOwnCodes(report: string): string {
  const parts = report.split(OWN)
  return parts.map((part, i) => (i % 2 === 0 ? terminalSafe(part) : part)).join('')
}
