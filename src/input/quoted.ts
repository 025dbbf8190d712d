/** Quotes values from files in messages: shortened, and safe for a terminal. */
import { terminalSafeLine } from '../quote/terminal.ts'

/** At most this many characters of a value are quoted. */
const SHOWN = 60

/** Text in quotation marks; any other value as JSON. */
export function quoted(value: unknown): string {
  return typeof value === 'string'
    ? shortened(JSON.stringify(value.slice(0, SHOWN + 1)), value.length > SHOWN)
    : shortened(JSON.stringify(value) ?? String(value), false)
}

function shortened(text: string, isCut: boolean): string {
  return terminalSafeLine(isCut || text.length > SHOWN + 2 ? `${text.slice(0, SHOWN)}…` : text)
}

/** The path of a file. It is not shortened, because a part of a path is useless. */
export const quotedPath = (path: string): string => terminalSafeLine(JSON.stringify(path))
