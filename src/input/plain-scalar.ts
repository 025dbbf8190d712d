/** Scalars of the plain YAML that `plain-yaml.ts` reads, and lists and maps in brackets. */

import { MAX_DEPTH } from './limits.ts'

/** Thrown if a text is not plain YAML: then the parser reads it. */
export const NOT_PLAIN = new Error('not plain YAML')

/** Words that YAML's core schema does not read as text (YAML 1.2.2 §10.3.2). */
const CONSTANTS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...['~', 'null', 'Null', 'NULL'].map((word) => [word, null] as const),
  ...['true', 'True', 'TRUE'].map((word) => [word, true] as const),
  ...['false', 'False', 'FALSE'].map((word) => [word, false] as const),
])
const INTEGER = /^[-+]?[0-9]+$/
/** Might be another number: octal, hexadecimal, with a point or an exponent, infinite. */
const NUMBER =
  /^(?:0o[0-7]+|0x[0-9a-fA-F]+|[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/
/** Keys that every reader reads as text. */
const KEY = /([A-Za-z_][A-Za-z0-9_./-]{0,99}):/y
/** May not begin a plain scalar, or are rare there. */
const INDICATORS = new Set('?:,[]{}#&*!|>\'"%@`')

export function plainValue(text: string): unknown {
  const first = text[0]
  if (first === undefined || INDICATORS.has(first)) throw NOT_PLAIN
  if (first === '-' && !/[0-9A-Za-z]/.test(text[1] ?? '')) throw NOT_PLAIN
  if (CONSTANTS.has(text)) return CONSTANTS.get(text)
  if (INTEGER.test(text)) return Number.parseInt(text, 10)
  if (NUMBER.test(text)) throw NOT_PLAIN
  return text
}

/** The key that begins at `at` and ends at its colon; undefined if there is no plain key. */
export function keyAt(line: string, at: number): string | undefined {
  KEY.lastIndex = at
  const key = KEY.exec(line)?.[1]
  const next = line[at + (key?.length ?? 0) + 1]
  if (key === undefined || !(next === undefined || next === ' ')) return undefined
  return CONSTANTS.has(key) || key === '__proto__' ? undefined : key
}

/** Adds to a map. Duplicate keys are left to the parser. */
export function put(map: Record<string, unknown>, key: string, value: unknown): void {
  if (Object.hasOwn(map, key)) throw NOT_PLAIN
  map[key] = value
}

/** The value that begins at `at` and ends with the line, or a comment. `more` gives the next line to brackets that are open. */
export function valueOnLine(line: string, at: number, more: () => string): unknown {
  const first = line[at]!
  if (first === '"' || first === "'") {
    const end = endOfQuoted(line, at)
    mustEnd(line, end + 1)
    return line.slice(at + 1, end)
  }
  if (first === '[' || first === '{') {
    const flow = new Flow(line, at, more)
    const value = flow.value()
    mustEnd(flow.line, flow.at)
    return value
  }
  const text = withoutBlanks(withoutComment(line.slice(at)))
  if (text.includes(': ') || text.endsWith(':')) throw NOT_PLAIN
  return plainValue(text)
}

function withoutComment(text: string): string {
  const comment = text.indexOf(' #')
  return comment < 0 ? text : text.slice(0, comment)
}

/** YAML's own blanks; others are letters. A pattern would look through all blanks again and again. */
function withoutBlanks(text: string): string {
  let end = text.length
  while (text[end - 1] === ' ') end--
  return text.slice(0, end)
}

/** Nothing but a comment follows. */
function mustEnd(line: string, at: number): void {
  if (!/^(?: +#.*| *)$/.test(line.slice(at))) throw NOT_PLAIN
}

/** The end of a quoted text without escapes. */
function endOfQuoted(line: string, at: number): number {
  const end = line.indexOf(line[at]!, at + 1)
  if (end < 0) throw NOT_PLAIN
  const isEscaped = line[at] === "'" ? line[end + 1] === "'" : line.slice(at, end).includes('\\')
  if (isEscaped) throw NOT_PLAIN
  return end
}

/** A list or a map in brackets; every key, scalar and comma is within one line. */
class Flow {
  line: string
  at: number
  readonly #more: () => string
  #depth = 0

  constructor(line: string, at: number, more: () => string) {
    this.line = line
    this.at = at
    this.#more = more
  }

  value(): unknown {
    const first = this.line[this.at]
    if (first === '[') return this.#list()
    if (first === '{') return this.#map()
    if (first === '"' || first === "'") return this.#quoted()
    return this.#plain()
  }

  #list(): unknown[] {
    const items: unknown[] = []
    this.#each(']', () => items.push(this.value()))
    return items
  }

  #map(): Record<string, unknown> {
    const map: Record<string, unknown> = {}
    this.#each('}', () => {
      const key = keyAt(this.line, this.at)
      if (key === undefined) throw NOT_PLAIN
      this.at += key.length + 1
      this.#blanks()
      put(map, key, this.value())
    })
    return map
  }

  /** From the opening bracket to behind the closing one. The depth is bounded, as the call stack is. */
  #each(close: string, entry: () => void): void {
    if (++this.#depth > MAX_DEPTH) throw NOT_PLAIN
    this.at++
    this.#blanks()
    while (this.line[this.at] !== close) {
      entry()
      this.#blanks()
      if (this.line[this.at] === close) break
      if (this.line[this.at] !== ',') throw NOT_PLAIN
      this.at++
      this.#blanks()
      // A comma before the bracket is rare.
      if (this.line[this.at] === close) throw NOT_PLAIN
    }
    this.#depth--
    this.at++
  }

  #quoted(): string {
    const end = endOfQuoted(this.line, this.at)
    const text = this.line.slice(this.at + 1, end)
    this.at = end + 1
    return text
  }

  #plain(): unknown {
    const from = this.at
    while (this.at < this.line.length && !',[]{}'.includes(this.line[this.at]!)) this.at++
    const text = withoutBlanks(this.line.slice(from, this.at))
    if (/: |:$| #/.test(text)) throw NOT_PLAIN
    return plainValue(text)
  }

  #blanks(): void {
    for (;;) {
      while (this.line[this.at] === ' ') this.at++
      if (this.at < this.line.length) return
      this.line = this.#more()
      this.at = 0
    }
  }
}
