/** Values from files as messages quote them: shortened, and nothing in them can act on a terminal. */
import { terminalSafeLine } from '../quote/terminal.ts'

/** Characters of a value that a message quotes. */
const SHOWN = 60

/** A text in quotation marks, or any other value as JSON. */
export function quoted(value: unknown): string {
  return typeof value === 'string'
    ? shortened(JSON.stringify(value.slice(0, SHOWN + 1)), value.length > SHOWN)
    : shortened(JSON.stringify(value) ?? String(value), false)
}

function shortened(text: string, isCut: boolean): string {
  return terminalSafeLine(isCut || text.length > SHOWN + 2 ? `${text.slice(0, SHOWN)}…` : text)
}

/** The path of a file, which is of no use if it is shortened. */
export const quotedPath = (path: string): string => terminalSafeLine(JSON.stringify(path))
