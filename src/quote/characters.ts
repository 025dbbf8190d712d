/**
 * Names of blanks and invisible characters, by code point (Unicode 16, White_Space and
 * Default_Ignorable_Code_Point).
 */
const NAMES: ReadonlyMap<number, string> = new Map([
  [0x00, 'NUL'],
  [0x0b, 'line tabulation'],
  [0x0c, 'form feed'],
  [0x0d, 'carriage return'],
  [0x1b, 'escape'],
  [0x85, 'next line'],
  [0xa0, 'no-break space'],
  [0xad, 'soft hyphen'],
  [0x1680, 'ogham space mark'],
  [0x180e, 'mongolian vowel separator'],
  [0x2000, 'en quad'],
  [0x2001, 'em quad'],
  [0x2002, 'en space'],
  [0x2003, 'em space'],
  [0x2004, 'three-per-em space'],
  [0x2005, 'four-per-em space'],
  [0x2006, 'six-per-em space'],
  [0x2007, 'figure space'],
  [0x2008, 'punctuation space'],
  [0x2009, 'thin space'],
  [0x200a, 'hair space'],
  [0x200b, 'zero width space'],
  [0x200c, 'zero width non-joiner'],
  [0x200d, 'zero width joiner'],
  [0x200e, 'left-to-right mark'],
  [0x200f, 'right-to-left mark'],
  [0x2028, 'line separator'],
  [0x2029, 'paragraph separator'],
  [0x202f, 'narrow no-break space'],
  [0x205f, 'medium mathematical space'],
  [0x2060, 'word joiner'],
  [0x3000, 'ideographic space'],
  [0xfeff, 'byte order mark'],
])

/** Whether it is an unusual blank or an invisible character. */
export const isUnseen = (character: string): boolean => NAMES.has(character.codePointAt(0)!)

/** The name of a character in messages. */
export function characterName(character: string): string {
  const code = character.codePointAt(0)!
  if (isKept(code)) return `the byte 0x${hex(code & 0xff, 2)}, which is not UTF-8`
  const name = NAMES.get(code)
  const own = name ?? (/[\p{L}\p{N}\p{P}\p{S}]/u.test(character) ? character : undefined)
  return `U+${hex(code, 4)}${own === undefined ? '' : ` (${own})`}`
}

const hex = (code: number, digits: number): string =>
  code.toString(16).toUpperCase().padStart(digits, '0')

/** A byte as utf8.ts stores it. */
const isKept = (code: number): boolean => code >= 0xdc80 && code <= 0xdcff

/** Unicode blanks other than the usual ones. */
export const isBlank = (character: string): boolean => /^[\s\u180e\u200b]$/u.test(character)
