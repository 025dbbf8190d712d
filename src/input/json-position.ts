/** Finds the position of a value in a JSON text. The text must be valid. */

/** The offset of the value at a path, or of its nearest existing ancestor. */
export function offsetOf(text: string, path: readonly PropertyKey[]): number {
  let at = blanksFrom(text, 0)
  for (const key of path) {
    const next = text[at] === '[' ? itemAt(text, at, Number(key)) : memberAt(text, at, String(key))
    if (next === undefined) return at
    at = next
  }
  return at
}

function itemAt(text: string, list: number, index: number): number | undefined {
  let at = blanksFrom(text, list + 1)
  for (let i = 0; text[at] !== ']' && at < text.length; i++) {
    if (i === index) return at
    at = blanksFrom(text, endOf(text, at))
    if (text[at] === ',') at = blanksFrom(text, at + 1)
  }
  return undefined
}

/** Of several members with one name the last counts, as in JSON.parse. */
function memberAt(text: string, map: number, key: string): number | undefined {
  if (text[map] !== '{') return undefined
  let found: number | undefined
  let at = blanksFrom(text, map + 1)
  while (text[at] === '"') {
    const end = endOf(text, at)
    const value = blanksFrom(text, blanksFrom(text, end) + 1)
    if (JSON.parse(text.slice(at, end)) === key) found = value
    at = blanksFrom(text, endOf(text, value))
    if (text[at] === ',') at = blanksFrom(text, at + 1)
  }
  return found
}

/** The offset after the value that begins here. */
function endOf(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at++) {
    const letter = text[at]!
    if (letter === '"') at = endOfString(text, at) - 1
    else if (letter === '{' || letter === '[') depth++
    else if (letter === '}' || letter === ']') depth--
    else if (depth === 0) {
      at += /[^\s,\]}]*/y.exec(text.slice(at, at + LONGEST_LITERAL))![0].length - 1
    }
    if (depth === 0) return at + 1
  }
  return text.length
}

/** The length of a number, as JSON.stringify or a person wrote it. */
const LONGEST_LITERAL = 400

function endOfString(text: string, from: number): number {
  let at = from + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function blanksFrom(text: string, from: number): number {
  let at = from
  while (text[at] === ' ' || text[at] === '\n' || text[at] === '\t' || text[at] === '\r') at++
  return at
}
