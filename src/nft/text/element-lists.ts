/**
 * Elements of a set that can be loaded separately: those between its braces, and those of defines
 * used there.
 */
import type { DefineTable } from './defines.ts'
import type { Frame, Piece } from './piece.ts'
import type { Cursor, Span, Statement } from './statements.ts'

type Element = Pick<Piece, 'frames' | 'spans'>

export class ElementLists {
  usesDefines = false
  readonly #cursor: Cursor
  readonly #defines: DefineTable

  constructor(cursor: Cursor, defines: DefineTable) {
    this.#cursor = cursor
    this.#defines = defines
  }

  of(statement: Statement, value: number, frames: readonly Frame[]): Element[] {
    const whole = this.#cursor.span(statement)
    if (value >= statement.to) return [{ frames, spans: [whole] }]
    const isLast = this.#cursor.closing(value) === statement.to - 1
    if (this.#cursor.text(value) === '{' && isLast) return this.#braced(statement, value, frames)
    const behind = value === statement.to - 1 ? this.#behind(value, frames, [whole]) : undefined
    return behind ?? [{ frames, spans: [whole] }]
  }

  #braced(statement: Statement, brace: number, around: readonly Frame[]): Element[] {
    const cursor = this.#cursor
    const frame: Frame = {
      open: { from: cursor.from(statement.from), to: cursor.to(brace) },
      close: { from: cursor.from(statement.to - 1), to: cursor.span(statement).to },
      kept: [],
      isList: true,
    }
    const frames = [...around, frame]
    return cursor.items(brace).flatMap((item) => {
      const spans = [item.span]
      const behind = item.from === item.to - 1 ? this.#behind(item.from, frames, spans) : undefined
      return behind ?? [{ frames, spans }]
    })
  }

  /** The elements of a define, if it holds a list and never changes. */
  #behind(at: number, frames: readonly Frame[], spans: readonly Span[]): Element[] | undefined {
    const define = this.#cursor.isVariable(at)
      ? this.#defines.list(this.#cursor.text(at))
      : undefined
    if (!define) return undefined
    this.usesDefines = true
    return this.#braced(define.statement, define.brace, frames).map((one) => ({
      ...one,
      spans: [...spans, ...one.spans],
    }))
  }
}
