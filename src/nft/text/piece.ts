/** A piece of a ruleset text, and the text that stands around it. */

import type { Span } from './statements.ts'

/** Text that stands around pieces, and is repeated wherever one of them is. */
export interface Frame {
  readonly open: Span
  readonly close: Span
  /** Statements inside that always stay: of a set its type, of a table its flags. */
  readonly kept: readonly Span[]
  /** Between braces of elements, where nft takes no empty line. */
  readonly isList: boolean
  /** Stands before `close` besides what the text itself says. */
  readonly more?: string
}

export interface Piece {
  readonly kind: 'declaration' | 'rule' | 'element' | 'command'
  /** Outermost first. */
  readonly frames: readonly Frame[]
  readonly spans: readonly Span[]
  /** Pieces of different groups cannot be in one transaction: they share a define of which each needs a part. */
  readonly group: number
}
