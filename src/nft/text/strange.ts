/**
 * Characters for which nft has no token outside comments and quoted strings: nft refuses the whole
 * text. Most of them are invisible, so nft's own message ("unexpected junk") does not help.
 */

import { characterName, isBlank, isUnseen } from '../../quote/characters.ts'

export interface Strange {
  /** The offset of its first occurrence. */
  readonly offset: number
  /** `U+00A0 (no-break space)` */
  readonly name: string
  /** The remedy. */
  readonly remedy: string
  /** Not allowed in comments and quoted strings either. */
  readonly isNever: boolean
}

/**
 * Undefined if the text has none. Within comments and quoted strings, nft accepts all of them
 * except NUL: a C program ends the text there, so nft would silently ignore the rest.
 */
export function strangeIn(text: string): Strange | undefined {
  const nul = text.indexOf('\0')
  if (nul >= 0) return { offset: nul, ...told('\0', nul) }
  if (!SUSPECT.test(text)) return undefined
  for (const { 0: found, index } of text.matchAll(PARTS))
    if (!/^[#"]/.test(found)) return { offset: index, ...told(found, index) }
  return undefined
}

// A carriage return at the end of a line is left to nft: newer versions accept it.
const SUSPECT = /[^\t\n\r\x20-\x7e]|\r(?!\n)/
const PARTS = /#[^\n]*|"[^"]*"|[^\t\n\r\x20-\x7e]|\r(?!\n)/gu

/** `offset`: only at the beginning of a file is it a byte order mark. */
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

/** The first invisible character of iptables-save output outside comments and quoted strings. */
export function unseenInRuleset(text: string): Strange | undefined {
  for (const { 0: found, index } of text.matchAll(SAVED_PARTS))
    if (!/^[#"]/.test(found) && isUnseen(found)) return { offset: index, ...told(found, index) }
  return undefined
}

const SAVED_PARTS = /^#[^\n]*|"(?:[^"\\\n]|\\.)*"|[^\t\n\x20-\x7e]/gmu
