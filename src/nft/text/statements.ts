/** Tokens of an nftables text with their offsets, grouped into statements. */
import { lineStarts } from './lines.ts'
import { type Token, tokensOf } from './tokens.ts'

/** Offsets in the text. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** The index of its first token and the index after its last. The closing semicolon is separate. */
export interface Statement {
  readonly from: number
  readonly to: number
  readonly semicolon?: number
}

/** An element between braces, with the comma after it. */
export interface Item {
  readonly from: number
  readonly to: number
  readonly span: Span
}

export class Cursor {
  readonly #tokens: readonly Token[]
  readonly #lines: readonly number[]
  /** The index of the brace that closes the brace at this index. */
  readonly #closing = new Map<number, number>()

  constructor(text: string) {
    this.#tokens = tokensOf(text)
    this.#lines = lineStarts(text)
    const open: number[] = []
    for (const [i, { kind, text: mark }] of this.#tokens.entries()) {
      if (kind !== 'punctuation') continue
      if (mark === '{') open.push(i)
      else if (mark === '}' && open.length > 0) this.#closing.set(open.pop()!, i)
    }
  }

  get length(): number {
    return this.#tokens.length
  }

  get includesFiles(): boolean {
    return this.#tokens.some(
      ({ kind, text }, i) =>
        kind === 'word' && text === 'include' && this.#tokens[i + 1]?.kind === 'string',
    )
  }

  text(at: number): string {
    return this.#tokens[at]?.text ?? ''
  }

  isVariable(at: number): boolean {
    return this.#tokens[at]?.kind === 'variable'
  }

  from(at: number): number {
    const { line, column } = this.#tokens[at]!
    return this.#lines[line - 1]! + column - 1
  }

  to(at: number): number {
    const { kind, text } = this.#tokens[at]!
    const marks = kind === 'string' ? 2 : kind === 'variable' ? 1 : 0
    return this.from(at) + text.length + marks
  }

  closing(brace: number): number | undefined {
    return this.#closing.get(brace)
  }

  span({ from, to, semicolon }: Statement): Span {
    return { from: this.from(from), to: this.to(semicolon ?? to - 1) }
  }

  /** The first brace of a statement. */
  brace({ from, to }: Statement): number | undefined {
    for (let at = from; at < to; at++) if (this.#closing.has(at)) return at
    return undefined
  }

  /** Whether a word occurs in a part of the text. */
  says({ from, to }: Span, word: string): boolean {
    return this.#tokens
      .slice(this.#at(from), this.#at(to))
      .some(({ kind, text }) => kind === 'word' && text === word)
  }

  words({ from, to }: Statement): readonly Token[] {
    return this.#tokens.slice(from, to)
  }

  wordsIn({ from, to }: Span): string[] {
    return this.#tokens
      .slice(this.#at(from), this.#at(to))
      .flatMap(({ kind, text }) => (kind === 'end' ? [] : [text]))
  }

  /** The statements between two tokens, in order. */
  statements(from: number, to: number): Statement[] {
    const found: Statement[] = []
    let first = from
    for (let at = from; at <= to; at++) {
      const isEnd = at === to || this.#tokens[at]!.kind === 'end'
      if (!isEnd) {
        at = this.#closing.get(at) ?? at
        continue
      }
      const semicolon = at < to && this.text(at) === ';' ? { semicolon: at } : {}
      if (at > first) found.push({ from: first, to: at, ...semicolon })
      first = at + 1
    }
    return found
  }

  /**
   * The elements between a brace and its closing brace, separated by commas. Line ends have no
   * meaning there.
   */
  items(brace: number): Item[] {
    const end = this.#closing.get(brace)!
    const items: Item[] = []
    let first: number | undefined
    let last = brace
    const add = (to: number): void => {
      if (first === undefined) return
      items.push({ from: first, to: last + 1, span: { from: this.from(first), to } })
      first = undefined
    }
    for (let at = brace + 1; at < end; at++) {
      const { kind, text } = this.#tokens[at]!
      if (kind === 'end') continue
      if (kind === 'punctuation' && text === ',') add(this.to(at))
      else {
        first ??= at
        at = this.#closing.get(at) ?? at
        last = at
      }
    }
    if (first !== undefined) add(this.to(last))
    return items
  }

  /** The variables in a part of the text. */
  variables({ from, to }: Span): string[] {
    return this.#tokens
      .slice(this.#at(from), this.#at(to))
      .flatMap(({ kind, text }) => (kind === 'variable' ? [text] : []))
  }

  /** The index of the first token at or after this offset. */
  #at(offset: number): number {
    let [low, high] = [0, this.#tokens.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.from(middle) < offset) low = middle + 1
      else high = middle
    }
    return low
  }
}
