/**
 * Loads rules in several transactions if they are too large for one: without root, nft and
 * iptables-nft cannot enlarge the buffers of their netlink sockets, and they send a transaction at
 * once. The portions follow each other in the order in which one transaction is executed, so the
 * result is the same. States in between are never measured.
 */

/** A text in pieces, from which portions are made. */
export interface Divided {
  readonly length: number
  /**
   * The index after the last piece of a portion with at most this many characters; one piece at
   * least.
   */
  endOf(at: number, size: number): number
  /** The number of characters of pieces. */
  sizeOf(from: number, to: number): number
  /** Pieces of one kind need about the same space in a transaction. */
  kindOf(at: number): string
  /** The offset of a piece in the whole. */
  lineOf(at: number): number
  /** The text of a portion. Everything keeps its line of the whole text. */
  textOf(from: number, to: number): string
}

/** Loads a text. Returns the error, or undefined on success. */
export type Send = (text: string, isFirst: boolean) => string | undefined

export type Ending =
  | { readonly kind: 'loaded' }
  /** A portion was refused: the error, with lines of the whole text. */
  | { readonly kind: 'refused'; readonly said: string }
  /** `line`: of a statement that is too large alone. */
  | { readonly kind: 'too large'; readonly line?: number }

/** The message of nft and iptables for a transaction larger than the socket's buffer (EMSGSIZE). */
export const TOO_LARGE = /Message too long/

/** Characters of the first portion: some 400 rules, or 1,500 elements. */
const FIRST = 20_000
/** A size that was refused is not tried again, and neither is one that is nearly as large. */
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

  /** The next pieces may be of another kind, of which more fit. */
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
