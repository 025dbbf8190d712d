/**
 * The defines of an nftables text: which ones a part of it needs, and which hold a list of
 * elements.
 */
import type { Frame } from './piece.ts'
import type { Cursor, Span, Statement } from './statements.ts'

interface Define {
  readonly name: string
  readonly statement: Statement
  readonly span: Span
  readonly frames: readonly Frame[]
  readonly variables: readonly string[]
}

export class DefineTable {
  readonly #cursor: Cursor
  readonly #byName = new Map<string, Define[]>()

  constructor(cursor: Cursor) {
    this.#cursor = cursor
  }

  /** `define`, `redefine` or `undefine`. */
  add(statement: Statement, frames: readonly Frame[]): void {
    const name = this.#cursor.text(statement.from + 1)
    const span = this.#cursor.span(statement)
    const own = this.#byName.get(name) ?? []
    const variables = this.#cursor.variables(span)
    own.push({ name, statement, span, frames, variables })
    this.#byName.set(name, own)
  }

  /** Only if the name always has the same list in braces. */
  list(name: string): { readonly statement: Statement; readonly brace: number } | undefined {
    const [define, ...more] = this.#byName.get(name) ?? []
    if (!define || more.length > 0 || define.frames.length > 0) return undefined
    const { statement } = define
    const brace = statement.from + 3 // define NAME = {
    const isList = this.#cursor.closing(brace) === statement.to - 1
    return isList ? { statement, brace } : undefined
  }

  /** All defines that a part of the text needs, directly or through another define. */
  neededBy(spans: readonly Span[], frames: ReadonlySet<Frame>): Span[] {
    const names = new Set(spans.flatMap((span) => this.#cursor.variables(span)))
    const found: Span[] = []
    for (const name of names)
      for (const { span, variables, frames: around } of this.#byName.get(name) ?? []) {
        if (!around.every((frame) => frames.has(frame))) continue
        found.push(span)
        for (const other of variables) names.add(other)
      }
    return found
  }
}
