/** Words of a program or a file, as a terminal and a log can show them. */

/** Control characters but for tab and line feed: they could move the cursor or change the terminal's settings (ECMA-48). */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that are looked for
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g

/** Visible, and no longer than `most` characters: the middle is left out. */
export function safeText(text: string, most: number): string {
  const half = Math.floor(most / 2)
  const short =
    text.length <= most ? text : `${text.slice(0, half)} … ${text.slice(text.length - half)}`
  return short.replaceAll('\r\n', '\n').replaceAll(CONTROL, visible)
}

const visible = (c: string): string => `\\u${c.codePointAt(0)!.toString(16).padStart(4, '0')}`
