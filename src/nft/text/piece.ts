/** A piece of a ruleset text, and the text around it. */

import type { Span } from './statements.ts'

/** Text around pieces that is repeated in each portion with one of them. */
export interface Frame {
  readonly open: Span
  readonly close: Span
  /** Inner statements that are always repeated: the type of a set, the flags of a table. */
  readonly kept: readonly Span[]
  /** Between the braces of a list, where nft accepts no empty line. */
  readonly isList: boolean
  /** Extra text before `close`. */
  readonly more?: string
}

export interface Piece {
  readonly kind: 'declaration' | 'rule' | 'element' | 'command'
  /** Outermost first. */
  readonly frames: readonly Frame[]
  readonly spans: readonly Span[]
  /**
   * Pieces of different groups cannot share a transaction: each needs another part of one define.
   */
  readonly group: number
}
