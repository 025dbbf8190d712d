/**
 * Reads common YAML: maps and lists by indentation, one value a line, text in `|` and `>`. For any
 * other text, and for a text that may have a fault, it returns nothing, and the parser reads the
 * text with the positions of all problems. Both readers give the same value (plain-yaml.test.ts).
 */
import { keyAt, NOT_PLAIN, put, valueOnLine } from './plain-scalar.ts'

/** Tabs, other line ends, marks of documents and directives. */
const STRANGE = /[\t\r\u0085\u2028\u2029\ufeff]|(?:^|\n)(?:---|\.\.\.|%)/

/** The map in the text; undefined if the text is not plain YAML. */
export function readPlain(text: string): Readonly<Record<string, unknown>> | undefined {
  if (!text.endsWith('\n') || STRANGE.test(text)) return undefined
  try {
    return new Plain(text.split('\n')).whole()
  } catch (error) {
    if (error === NOT_PLAIN) return undefined
    throw error
  }
}

class Plain {
  readonly #lines: string[]
  #at = 0

  constructor(lines: string[]) {
    this.#lines = lines
  }

  whole(): Record<string, unknown> {
    if (this.#indent() !== 0) throw NOT_PLAIN
    const map = this.#map(0)
    if (this.#indent() !== -1) throw NOT_PLAIN
    return map
  }

  /** The indentation of the next line that is neither empty nor a comment; -1 at the end. */
  #indent(): number {
    for (; this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at]!
      const indent = indentOf(line)
      if (indent < line.length && line[indent] !== '#') return indent
    }
    return -1
  }

  #map(indent: number): Record<string, unknown> {
    const map: Record<string, unknown> = {}
    do {
      const line = this.#lines[this.#at]!
      const key = keyAt(line, indent)
      if (key === undefined) throw NOT_PLAIN
      put(map, key, this.#value(indent, indent + key.length + 1, true))
    } while (this.#continues(indent))
    return map
  }

  #list(indent: number): unknown[] {
    const items: unknown[] = []
    do {
      const line = this.#lines[this.#at]!
      if (!isItem(line, indent)) {
        // A list that is a map's value may be no deeper than the map.
        if (items.length > 0) return items
        throw NOT_PLAIN
      }
      items.push(this.#item(indent, line))
    } while (this.#continues(indent))
    return items
  }

  /** A map may begin behind the dash. */
  #item(indent: number, line: string): unknown {
    const inner = indent + 1 + indentOf(line.slice(indent + 1))
    if (keyAt(line, inner) === undefined) return this.#value(indent, indent + 1, false)
    this.#lines[this.#at] = ' '.repeat(inner) + line.slice(inner)
    return this.#map(inner)
  }

  /** Whether the next line is of the same map or list. */
  #continues(indent: number): boolean {
    const next = this.#indent()
    if (next > indent) throw NOT_PLAIN
    return next === indent
  }

  /** What follows a colon or a dash, in its line or below it. */
  #value(indent: number, from: number, isOfKey: boolean): unknown {
    const line = this.#lines[this.#at++]!
    const at = from + indentOf(line.slice(from))
    const first = line[at]
    if (first === undefined || first === '#') return this.#below(indent, isOfKey)
    if (first === '|' || first === '>') return this.#block(indent, line.slice(at))
    return valueOnLine(line, at, () => this.#more(indent))
  }

  /** The next line within brackets. */
  #more(indent: number): string {
    const line = this.#lines[this.#at++]
    if (line === undefined || (line !== '' && indentOf(line) <= indent)) throw NOT_PLAIN
    return line
  }

  #below(indent: number, isOfKey: boolean): unknown {
    const next = this.#indent()
    if (next < indent || next === -1) return null
    const isList = isItem(this.#lines[this.#at]!, next)
    if (next === indent) return isList && isOfKey ? this.#list(next) : null
    return isList ? this.#list(next) : this.#map(next)
  }

  /** Lines of text, with a head that says how they are joined. */
  #block(indent: number, head: string): string {
    const [, style, chomping] = /^([|>])(-?)$/.exec(head) ?? []
    if (style === undefined) throw NOT_PLAIN
    const lines = this.#textLines(indent)
    const isFolded = style === '>'
    if (isFolded && lines.some((line) => line === '' || line[0] === ' ')) throw NOT_PLAIN
    return lines.join(isFolded ? ' ' : '\n') + (chomping === '-' ? '' : '\n')
  }

  #textLines(indent: number): string[] {
    const own = indentOf(this.#lines[this.#at] ?? '')
    const lines: string[] = []
    for (; this.#at < this.#lines.length; this.#at++) {
      const line = this.#lines[this.#at]!
      const isEmpty = line === ''
      if (!isEmpty && indentOf(line) <= indent && line[indentOf(line)] !== undefined) break
      if (!isEmpty && (indentOf(line) < own || line.endsWith(' '))) throw NOT_PLAIN
      lines.push(line.slice(own))
    }
    while (lines.at(-1) === '') lines.pop()
    if (lines.length === 0 || lines[0] === '' || own <= indent) throw NOT_PLAIN
    return lines
  }
}

/** Blanks that a text begins with. */
function indentOf(text: string): number {
  let at = 0
  while (text[at] === ' ') at++
  return at
}

const isItem = (line: string, at: number): boolean =>
  line[at] === '-' && (line[at + 1] === undefined || line[at + 1] === ' ')
