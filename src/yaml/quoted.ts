/** Values from files as messages quote them: shortened, and nothing in them can act on a terminal. */

/** Characters of a value that a message quotes. */
const SHOWN = 60

/** A text in quotation marks, or any other value as JSON. */
export function quoted(value: unknown): string {
  return typeof value === 'string'
    ? shortened(JSON.stringify(value.slice(0, SHOWN + 1)), value.length > SHOWN)
    : shortened(JSON.stringify(value) ?? String(value), false)
}

function shortened(text: string, isCut: boolean): string {
  return isCut || text.length > SHOWN + 2 ? `${text.slice(0, SHOWN)}…` : text
}

/** The path of a file, which is of no use if it is shortened. */
export const quotedPath = (path: string): string => visible(JSON.stringify(path))

// Control characters, and those that turn the direction of a line.
const ACTING =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: looking for them is the point
  /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/g

/** The same in one line, with every character visible. */
export function visible(text: string): string {
  return text.replaceAll(ACTING, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
}
