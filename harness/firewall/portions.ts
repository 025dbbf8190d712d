/**
 * Loads rules in several transactions, where one may not hold them all: without
 * root nft and iptables-nft cannot enlarge the buffers of their netlink sockets,
 * and they send a transaction at once. Portions follow each other in the order in
 * which one transaction is carried out, so the end is the same; what is in
 * between is never measured.
 */

/** A text in pieces, from which portions can be made. */
export interface Divided {
  readonly length: number
  /** Number behind the last piece of a portion of at most so many characters; one piece at least. */
  endOf(at: number, size: number): number
  /** Characters of pieces. */
  sizeOf(from: number, to: number): number
  /** Pieces of one kind are alike in what they need of a transaction. */
  kindOf(at: number): string
  /** Where a piece begins in the whole. */
  lineOf(at: number): number
  /** Text of a portion, in which everything is in the line where it is in the whole. */
  textOf(from: number, to: number): string
}

/** Loads a text; what was said against it, undefined where it was loaded. */
export type Send = (text: string, isFirst: boolean) => string | undefined

export type Ending =
  | { readonly kind: 'loaded' }
  /** A part was refused: what was said, with the lines of the whole. */
  | { readonly kind: 'refused'; readonly said: string }
  /** `line`: of a statement that is too large by itself. */
  | { readonly kind: 'too large'; readonly line?: number }

/** Of nft and iptables alike where a transaction is larger than the socket's buffer (EMSGSIZE). */
export const TOO_LARGE = /Message too long/

/** Characters of a first try: some 400 rules, or 1,500 elements. */
const FIRST = 20_000
/** A size that was refused is not tried again, nor one that is nearly as large. */
const BELOW_REFUSED = 0.75

export function loadInPortions(divided: Divided | undefined, send: Send): Ending {
  return divided ? new Loader(divided, send).load() : { kind: 'too large' }
}

class Loader {
  readonly #divided: Divided
  readonly #send: Send
  #size = FIRST
  #refused = Number.POSITIVE_INFINITY

  constructor(divided: Divided, send: Send) {
    this.#divided = divided
    this.#send = send
  }

  load(): Ending {
    const all = this.#divided
    for (let at = 0; at < all.length; ) {
      const end = all.endOf(at, this.#size)
      const said = this.#send(all.textOf(at, end), at === 0)
      if (said === undefined) {
        this.#grow(at, end)
        at = end
      } else if (!TOO_LARGE.test(said)) return { kind: 'refused', said }
      else if (end === at + 1) return { kind: 'too large', line: all.lineOf(at) }
      else this.#shrink(at, end)
    }
    return { kind: 'loaded' }
  }

  /** What is next may be of another kind, of which more may fit. */
  #grow(at: number, end: number): void {
    const all = this.#divided
    if (end < all.length && all.kindOf(end) !== all.kindOf(at))
      this.#refused = Number.POSITIVE_INFINITY
    this.#size = Math.min(this.#size * 2, this.#refused * BELOW_REFUSED)
  }

  #shrink(at: number, end: number): void {
    this.#refused = this.#divided.sizeOf(at, end)
    this.#size = this.#refused / 2
  }
}
