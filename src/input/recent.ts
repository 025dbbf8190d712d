/**
 * The results of the texts that were read last, so that a file with many references is read once.
 */

/** Enough for the shared files of one platform. A thousand scenarios do not stay in memory. */
const KEPT = 64
/** In characters. A longer text is the data of one platform, to which no other file refers. */
const LONGEST = 65_536

export class Recent<T> {
  readonly #made = new Map<string, { readonly text: string; readonly value: T }>()

  /** The earlier result of `make` for this text and file, or a new one. `make` must be pure. */
  get(file: string, text: string, make: () => T): T {
    const before = this.#made.get(file)
    this.#made.delete(file)
    const value = before?.text === text ? before.value : make()
    if (text.length <= LONGEST) this.#keep(file, text, value)
    return value
  }

  /** Moves the entry to the end of the map. The first entry is removed when the map is full. */
  #keep(file: string, text: string, value: T): void {
    this.#made.set(file, { text, value })
    const [oldest] = this.#made.keys()
    if (this.#made.size > KEPT) this.#made.delete(oldest!)
  }
}
