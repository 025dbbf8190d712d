/**
 * Bytes that are not UTF-8 → the position of the first one, and a text that keeps each of them. nft
 * and iptables-restore accept any byte in comments and quoted strings, so they must receive such a
 * file unchanged.
 */

/** The error at an offset. */
export interface Invalid {
  readonly offset: number
  readonly reason: string
}

/**
 * Leading bytes, by the number of bytes that follow, with the lowest code point of that length (RFC
 * 3629 §3).
 */
const LEADS: readonly (readonly [mask: number, lead: number, more: number, least: number])[] = [
  [0x80, 0x00, 0, 0],
  [0xe0, 0xc0, 1, 0x80],
  [0xf0, 0xe0, 2, 0x800],
  [0xf8, 0xf0, 3, 0x10000],
]

/** Undefined if all bytes are UTF-8. */
export function firstInvalid(bytes: Uint8Array, from = 0): Invalid | undefined {
  for (let at = from; at < bytes.length; ) {
    const found = sequenceAt(bytes, at)
    if (typeof found === 'string') return { offset: at, reason: found }
    at += found
  }
  return undefined
}

/** The length of the sequence, or why it is invalid. */
function sequenceAt(bytes: Uint8Array, at: number): number | string {
  const first = bytes[at]!
  if (first < 0x80) return 1
  const lead = LEADS.find(([mask, value]) => (first & mask) === value)
  if (!lead)
    return (first & 0xc0) === 0x80
      ? 'a continuation byte without a leading byte'
      : 'a byte that UTF-8 never uses'
  const [mask, , more, least] = lead
  let value = first & ~mask & 0xff
  for (let i = 1; i <= more; i++) {
    const next = bytes[at + i]
    if (next === undefined) return 'the text ends within a character'
    if ((next & 0xc0) !== 0x80) return 'the character is incomplete'
    value = (value << 6) | (next & 0x3f)
  }
  if (value < least) return 'an overlong encoding'
  if (value >= 0xd800 && value <= 0xdfff) return 'half of a UTF-16 pair'
  return value > 0x10ffff ? 'above the last character of Unicode' : more + 1
}

/**
 * The code unit that stores a byte of this value: half a surrogate pair, which valid UTF-8 never
 * contains.
 */
const KEPT = 0xdc00
const IS_KEPT = /[\udc80-\udcff]/

/** Text that keeps each byte that is not UTF-8. `bytesOf` returns the original bytes. */
export function textWithBytes(bytes: Uint8Array): string {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  const parts: string[] = []
  let at = 0
  for (let found = firstInvalid(bytes); found; found = firstInvalid(bytes, at)) {
    parts.push(decoder.decode(bytes.subarray(at, found.offset)))
    parts.push(String.fromCharCode(KEPT + bytes[found.offset]!))
    at = found.offset + 1
  }
  parts.push(decoder.decode(bytes.subarray(at)))
  return parts.join('')
}

/** Whether it keeps a byte that is not UTF-8. A complete surrogate pair is a character. */
export const hasBytes = (text: string): boolean => IS_KEPT.test(text) && !text.isWellFormed()

/** The offset of the first kept byte. Undefined without one. */
export const firstByte = (text: string): number | undefined =>
  hasBytes(text) ? text.search(LONE) : undefined

/** Half a surrogate pair without its other half. */
const LONE = /(?<![\ud800-\udbff])[\udc80-\udcff]/

/** The bytes of such a text. A text without kept bytes becomes plain UTF-8. */
export function originalBytes(text: string): string | Uint8Array {
  if (!hasBytes(text)) return text
  const parts = text.split(/(?<![\ud800-\udbff])([\udc80-\udcff])/)
  const encoder = new TextEncoder()
  const bytes = parts.map((part, i) =>
    i % 2 === 0 ? encoder.encode(part) : Uint8Array.of(part.charCodeAt(0) - KEPT),
  )
  const all = new Uint8Array(bytes.reduce((sum, { length }) => sum + length, 0))
  let at = 0
  for (const part of bytes) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/**
 * Line and column, from 1, of an offset in bytes. Columns count characters; an invalid byte counts
 * as one.
 */
export function placeOfByte(bytes: Uint8Array, offset: number): { line: number; column: number } {
  const before = textWithBytes(bytes.subarray(0, offset))
  return positionAt(before, before.length)
}

/** The same for an offset in a text. */
export function positionAt(text: string, offset: number): { line: number; column: number } {
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return { line, column: [...text.slice(start, offset)].length + 1 }
}

/** The UTF-8 bytes of a text, without an encoder, because the language itself has none. */
export function byteLength(text: string): number {
  let bytes = 0
  for (const c of text) {
    const point = c.codePointAt(0)!
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
  }
  return bytes
}
