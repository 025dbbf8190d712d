/** nftables text, divided into portions for loading. */

import type { Piece } from './piece.ts'
import { piecesOf } from './pieces.ts'
import { charactersOf, endOfPortion, portionOf } from './portion.ts'

/** Undefined if it cannot be divided (see `piecesOf`). */
export function divideNft(text: string) {
  const all = piecesOf(text)
  if (!all) return undefined
  const { pieces } = all
  const first = ({ spans, frames }: Piece): number => (spans[0] ?? frames.at(-1)!.open).from
  return {
    length: pieces.length,
    endOf: (at: number, size: number): number => endOfPortion(pieces, at, size),
    sizeOf: (from: number, to: number): number =>
      pieces.slice(from, to).reduce((sum, piece) => sum + charactersOf(piece), 0),
    kindOf: (at: number): string => pieces[at]!.kind,
    lineOf: (at: number): number => text.slice(0, first(pieces[at]!)).split('\n').length,
    textOf: (from: number, to: number): string => portionOf(text, all, pieces.slice(from, to)),
  }
}
