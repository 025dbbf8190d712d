/**
 * Invisible characters in an invalid YAML text: blanks and line ends that YAML reads as letters. In
 * a valid text they are letters, as in a French or Chinese title.
 */
import { characterName } from '../quote/characters.ts'

export interface Unseen {
  readonly offset: number
  readonly message: string
}

const BLANKS = '\\u00a0\\u1680\\u180e\\u2000-\\u200d\\u202f\\u205f\\u2060\\u3000\\ufeff'
/** At the beginning of a line or of a value. */
const BLANK = new RegExp(`(?:(?<=^|\\n)[ \\-?]*|:)(?=[${BLANKS}])`, 'u')
/** YAML 1.2 ends lines with LF, CR LF or CR. The parser does not accept a CR alone. */
const LINE_END = /[\u0085\u2028\u2029]|\r(?!\n)/

/** The first invisible character; undefined if the text has none. */
export function unseenIn(text: string): Unseen | undefined {
  const blank = BLANK.exec(text)
  const end = LINE_END.exec(text)
  const [at, remedy] =
    blank && (!end || blank.index < end.index)
      ? [blank.index + blank[0].length, 'write an ordinary space']
      : [end?.index, 'end each line with a line feed']
  if (at === undefined) return undefined
  return { offset: at, message: `${nameAt(text, at)} is not a blank in YAML: ${remedy}` }
}

const nameAt = (text: string, at: number): string =>
  characterName(String.fromCodePoint(text.codePointAt(at)!))

const ANY = new RegExp(`[${BLANKS}\\u0085\\u2028\\u2029]`, 'u')

/** A hint for a name that contains an invisible character. */
export function unseenWords(name: string): string {
  const [found] = ANY.exec(name.slice(0, 1000)) ?? []
  return found === undefined
    ? ''
    : ` — it contains ${characterName(found)}, which is not a blank in YAML`
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: the search is for control characters
const CONTROL = /[\u0000-\u0008\u000e-\u001a\ufffd]|[\ud800-\udfff]/u

/** A character that text files never contain: the file is binary or has another encoding. */
export function binaryIn(text: string): Unseen | undefined {
  const found = CONTROL.exec(text)
  if (!found) return undefined
  const message = `not a text file: it contains ${nameAt(text, found.index)}`
  return { offset: found.index, message }
}
