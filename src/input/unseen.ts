/**
 * What cannot be seen in a YAML text that does not read: blanks and line ends
 * that YAML takes for letters. Where the text reads they are letters, as a title
 * in French or Chinese has them.
 */
import { characterName } from '../quote/characters.ts'

export interface Unseen {
  readonly offset: number
  readonly message: string
}

const BLANKS = '\\u00a0\\u1680\\u180e\\u2000-\\u200d\\u202f\\u205f\\u2060\\u3000\\ufeff'
/** At the beginning of a line, or of a value. */
const BLANK = new RegExp(`(?:(?<=^|\\n)[ \\-?]*|:)(?=[${BLANKS}])`, 'u')
/** YAML 1.2 ends lines by LF, CR and LF, or CR; the parser not by CR alone. */
const LINE_END = /[\u0085\u2028\u2029]|\r(?!\n)/

/** The first one; undefined where there is none. */
export function unseenIn(text: string): Unseen | undefined {
  const blank = BLANK.exec(text)
  const end = LINE_END.exec(text)
  const [at, remedy] =
    blank && (!end || blank.index < end.index)
      ? [blank.index + blank[0].length, 'write an ordinary space']
      : [end?.index, 'end each line with a line feed']
  if (at === undefined) return undefined
  return { offset: at, message: `${nameAt(text, at)} is no blank in YAML: ${remedy}` }
}

const nameAt = (text: string, at: number): string =>
  characterName(String.fromCodePoint(text.codePointAt(at)!))

const ANY = new RegExp(`[${BLANKS}\\u0085\\u2028\\u2029]`, 'u')

/** What to say of a name in which there is one. */
export function unseenWords(name: string): string {
  const [found] = ANY.exec(name.slice(0, 1000)) ?? []
  return found === undefined
    ? ''
    : ` — it has ${characterName(found)} in it, which is no blank in YAML`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: looking for them is the point
const CONTROL = /[\u0000-\u0008\u000e-\u001a\ufffd]|[\ud800-\udfff]/u

/** A character that no text has: of a binary file, or of one that was read in a wrong encoding. */
export function binaryIn(text: string): Unseen | undefined {
  const found = CONTROL.exec(text)
  if (!found) return undefined
  const message = `not a text file: it has binary content: ${nameAt(text, found.index)}`
  return { offset: found.index, message }
}
