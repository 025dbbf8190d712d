/** Texts that act on a terminal, hide, reorder, pass for a line of ours or for a command of a CI system; and what an output may hold. */
import { expect } from 'vitest'
import type { Ended } from './command.ts'

/** No line of an output may begin with it. */
export const FORGED = 'FORGED'

/** What a file name, an argument and any text may hold; a name has at most 255 bytes. */
export const HOSTILE = [
  'a',
  '\u001b[31;1mb',
  '\u001b]0;title\u0007',
  '\u001b]8;;http://x\u001b\\c',
  '\u001b]52;c;cm0=\u0007',
  '\u009b2J\u0085\u009d',
  '\u202ed\u2066e\u200f\u061c',
  '\u200b\u2060\ufeff\u00ad',
  '\u{e0041}\u3164\u2028\u2029',
  '\rno\b\b\u007f\u000b',
  '\u001b[32m✔\u001b[39m',
  `\n${FORGED}`,
  '\n::error::x\n##vso[task.complete]',
].join('')

/** The same in one line, for texts that end with it: comments, fields of YAML in a line. */
export const HOSTILE_LINE = HOSTILE.replaceAll(/[\n\r\u0085\u2028\u2029]/gu, '')

/** What a double-quoted YAML scalar or a JSON string holds it by. */
export const inQuotes = (text: string): string =>
  JSON.stringify(text).replaceAll(
    /[\u007f-\uffff]/g,
    (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )

/** The environment of an output with colours, and of one without. */
export const LOOKS = [
  ['without colours', { NO_COLOR: '1', FORCE_COLOR: '' }],
  ['with colours', { NO_COLOR: '', FORCE_COLOR: '1' }],
] as const

/** Codes of src/quote/style.ts. */
const COLOURS = /\p{Cc}\[(?:1|2|22|31|32|33|39)m/gu
const UNSAFE = /(?!\n)[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u
const LOG_COMMAND = /^\s*::[a-z-]+[^\n]*::|##(?:vso|teamcity)?\[/im

/** No character of either stream acts on a terminal but our colours, and no line is one that came from outside. */
export function expectSafe({ out, err }: Ended, hasColours: boolean): void {
  for (const [name, text] of Object.entries({ out, err })) {
    const bare = hasColours ? text.replaceAll(COLOURS, '') : text
    const line = bare.split('\n').find((one) => UNSAFE.test(one) || one.startsWith(FORGED))
    expect({ name, line, command: LOG_COMMAND.exec(bare)?.[0] }).toEqual({ name })
  }
}
