/**
 * Characters that nft has no token for outside of comments and quoted strings:
 * it refuses the whole text. Most of them cannot be seen, so that its own
 * message ("unexpected junk") helps nobody.
 */

export interface Strange {
  /** Of its first one, in the text. */
  readonly offset: number
  /** `U+00A0 (no-break space)` */
  readonly name: string
  /** What to do about it. */
  readonly remedy: string
  /** Not even in comments and quoted strings. */
  readonly isNever: boolean
}

/**
 * Undefined where there is none. Within comments and quoted strings nft takes any
 * of them but NUL: there a program in C takes the text to end, and what follows is
 * not loaded, without a word.
 */
export function strangeIn(text: string): Strange | undefined {
  const nul = text.indexOf('\0')
  if (nul >= 0) return { offset: nul, ...told('\0', nul) }
  if (!SUSPECT.test(text)) return undefined
  for (const { 0: found, index } of text.matchAll(PARTS))
    if (!/^[#"]/.test(found)) return { offset: index, ...told(found, index) }
  return undefined
}

// A carriage return at the end of a line is left to nft: newer ones take it.
const SUSPECT = /[^\t\n\r\x20-\x7e]|\r(?!\n)/
const PARTS = /#[^\n]*|"[^"]*"|[^\t\n\r\x20-\x7e]|\r(?!\n)/gu

/** Blanks, and what cannot be seen, by code point (Unicode 16, White_Space and Default_Ignorable_Code_Point). */
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

/** A character as messages name it. */
export function characterName(character: string): string {
  const code = character.codePointAt(0)!
  if (isKept(code)) return `the byte 0x${hex(code & 0xff, 2)}, which is no UTF-8`
  const name = NAMES.get(code)
  const own = name ?? (/[\p{L}\p{N}\p{P}\p{S}]/u.test(character) ? character : undefined)
  return `U+${hex(code, 4)}${own === undefined ? '' : ` (${own})`}`
}

const hex = (code: number, digits: number): string =>
  code.toString(16).toUpperCase().padStart(digits, '0')

/** A byte as utf8.ts keeps it. */
const isKept = (code: number): boolean => code >= 0xdc80 && code <= 0xdcff

/** `offset`: a byte order mark stands at the beginning of a file only. */
export function told(character: string, offset: number): Omit<Strange, 'offset'> {
  const isNever = character === '\0'
  return { name: characterName(character), remedy: remedyFor(character, offset), isNever }
}

function remedyFor(character: string, offset: number): string {
  switch (character) {
    case '\ufeff':
      return offset === 0 ? 'save the file as UTF-8 without a byte order mark' : 'remove it'
    case '\r':
      return 'end each line with a line feed alone'
    case '\0':
      return 'save the file as text in UTF-8'
    default:
      return isBlank(character) ? 'write an ordinary space' : 'remove it'
  }
}

/** Blanks of Unicode that are not written as one usually. */
export const isBlank = (character: string): boolean => /^[\s\u180e\u200b]$/u.test(character)

/** The first character of iptables-save output that cannot be seen, outside of comments and quoted strings. */
export function unseenIn(text: string): Strange | undefined {
  for (const { 0: found, index } of text.matchAll(SAVED_PARTS))
    if (!/^[#"]/.test(found) && NAMES.has(found.codePointAt(0)!))
      return { offset: index, ...told(found, index) }
  return undefined
}

const SAVED_PARTS = /^#[^\n]*|"(?:[^"\\\n]|\\.)*"|[^\t\n\x20-\x7e]/gmu
