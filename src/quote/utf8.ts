/**
 * Bytes that are no UTF-8 → where the first of them is, and text in which each
 * of them is kept. nft and iptables-restore take any byte in comments and in
 * quoted strings, so that such a file must reach them as it is.
 */

/** What is wrong with bytes from an offset on. */
export interface Invalid {
  readonly offset: number
  readonly reason: string
}

/** Bytes that lead a sequence, by how many follow, with the least value that needs so many (RFC 3629 §3). */
const LEADS: readonly (readonly [mask: number, lead: number, more: number, least: number])[] = [
  [0x80, 0x00, 0, 0],
  [0xe0, 0xc0, 1, 0x80],
  [0xf0, 0xe0, 2, 0x800],
  [0xf8, 0xf0, 3, 0x10000],
]

/** Undefined where all of it is UTF-8. */
export function firstInvalid(bytes: Uint8Array, from = 0): Invalid | undefined {
  for (let at = from; at < bytes.length; ) {
    const found = sequenceAt(bytes, at)
    if (typeof found === 'string') return { offset: at, reason: found }
    at += found
  }
  return undefined
}

/** Its length, or why it is none. */
function sequenceAt(bytes: Uint8Array, at: number): number | string {
  const first = bytes[at]!
  if (first < 0x80) return 1
  const lead = LEADS.find(([mask, value]) => (first & mask) === value)
  if (!lead) return (first & 0xc0) === 0x80 ? 'nothing leads up to this byte' : 'no such byte'
  const [mask, , more, least] = lead
  let value = first & ~mask & 0xff
  for (let i = 1; i <= more; i++) {
    const next = bytes[at + i]
    if (next === undefined) return 'the text ends within a character'
    if ((next & 0xc0) !== 0x80) return 'the character is cut short'
    value = (value << 6) | (next & 0x3f)
  }
  if (value < least) return 'the character is longer than it need be'
  if (value >= 0xd800 && value <= 0xdfff) return 'half of a UTF-16 pair'
  return value > 0x10ffff ? 'beyond the last character of Unicode' : more + 1
}

/** Where a byte of this value is kept: half a UTF-16 pair, which no UTF-8 has. */
const KEPT = 0xdc00
const IS_KEPT = /[\udc80-\udcff]/

/** Text in which each byte that is no UTF-8 stands for itself. `bytesOf` gives the bytes back. */
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

/** Whether some byte of it is no UTF-8; a whole pair is a character. */
export const hasBytes = (text: string): boolean => IS_KEPT.test(text) && !text.isWellFormed()

/** The bytes of such a text; a text without any is itself. */
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

/** Line and column, from 1, of an offset in bytes. Columns are characters, as far as they are any. */
export function placeOfByte(bytes: Uint8Array, offset: number): { line: number; column: number } {
  const before = textWithBytes(bytes.subarray(0, offset))
  return positionAt(before, before.length)
}

/** The same of an offset in a text. */
export function positionAt(text: string, offset: number): { line: number; column: number } {
  const start = offset === 0 ? 0 : text.lastIndexOf('\n', offset - 1) + 1
  let line = 1
  for (let at = text.indexOf('\n'); at >= 0 && at < offset; at = text.indexOf('\n', at + 1)) line++
  return { line, column: [...text.slice(start, offset)].length + 1 }
}

/** Bytes of a text in UTF-8, without an encoder, which is not part of the language. */
export function byteLength(text: string): number {
  let bytes = 0
  for (const c of text) {
    const point = c.codePointAt(0)!
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
  }
  return bytes
}
