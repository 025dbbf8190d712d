/**
 * Characters that nft has no token for outside of comments and quoted strings:
 * it refuses the whole text. Most of them cannot be seen, so that its own
 * message ("unexpected junk") helps nobody.
 */

import { characterName, isBlank, isUnseen } from '../../quote/characters.ts'

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

/** The first character of iptables-save output that cannot be seen, outside of comments and quoted strings. */
export function unseenInRuleset(text: string): Strange | undefined {
  for (const { 0: found, index } of text.matchAll(SAVED_PARTS))
    if (!/^[#"]/.test(found) && isUnseen(found)) return { offset: index, ...told(found, index) }
  return undefined
}

const SAVED_PARTS = /^#[^\n]*|"(?:[^"\\\n]|\\.)*"|[^\t\n\x20-\x7e]/gmu
