/**
 * Loads nftables text in several transactions, where one may not hold it all:
 * without root nft cannot enlarge the buffer of its netlink socket, and sends a
 * transaction at once. The pieces are sent in nft's own order, so the end is the
 * same; what is in between is never measured.
 */
import { type Piece, type Pieces, piecesOf } from '../../src/nft-text/pieces.ts'
import { endOfPortion, portionOf, sizeOf } from '../../src/nft-text/portion.ts'

/** Loads a text; what nft had against it, undefined where it did as it was told. */
export type Send = (text: string) => string | undefined

export type Ending =
  | { readonly kind: 'loaded' }
  /** nft refused a part: what it said, with the lines and columns of the whole. */
  | { readonly kind: 'refused'; readonly said: string }
  /** `line`: of a statement that is too large by itself. */
  | { readonly kind: 'too large'; readonly line?: number }

/** nft's words where a transaction is larger than its socket's buffer (EMSGSIZE). */
export const TOO_LARGE = /Message too long/

/** Characters of a first try: some 400 rules, or 1,500 elements. */
const FIRST = 20_000
/** A size that was refused is not tried again, nor one that is nearly as large. */
const BELOW_REFUSED = 0.75

export function loadInPortions(text: string, send: Send): Ending {
  const pieces = piecesOf(text)
  return pieces ? new Loader(text, pieces, send).load() : { kind: 'too large' }
}

class Loader {
  readonly #text: string
  readonly #all: Pieces
  readonly #send: Send
  #size = FIRST
  #refused = Number.POSITIVE_INFINITY

  constructor(text: string, all: Pieces, send: Send) {
    this.#text = text
    this.#all = all
    this.#send = send
  }

  load(): Ending {
    const { pieces } = this.#all
    for (let at = 0; at < pieces.length; ) {
      const end = endOfPortion(pieces, at, this.#size)
      const said = this.#send(portionOf(this.#text, this.#all, pieces.slice(at, end)))
      if (said === undefined) {
        this.#grow(pieces[at]!, pieces[end])
        at = end
      } else if (!TOO_LARGE.test(said)) return { kind: 'refused', said }
      else if (end === at + 1) return { kind: 'too large', line: this.#lineOf(pieces[at]!) }
      else this.#shrink(pieces.slice(at, end))
    }
    return { kind: 'loaded' }
  }

  /** What is next may be of another kind, of which more may fit. */
  #grow(last: Piece, next: Piece | undefined): void {
    if (next && next.kind !== last.kind) this.#refused = Number.POSITIVE_INFINITY
    this.#size = Math.min(this.#size * 2, this.#refused * BELOW_REFUSED)
  }

  #shrink(pieces: readonly Piece[]): void {
    this.#refused = pieces.reduce((sum, piece) => sum + sizeOf(piece), 0)
    this.#size = this.#refused / 2
  }

  #lineOf({ spans, frames }: Piece): number {
    const { from } = spans[0] ?? frames.at(-1)!.open
    return this.#text.slice(0, from).split('\n').length
  }
}
