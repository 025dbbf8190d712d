/** What was made of the texts that were read last, so that a file which many others name is read once. */

/** More than one platform's files that others name; a thousand scenarios do not stay in memory. */
const KEPT = 64
/** Characters. Longer texts are data of one platform, which nothing else names. */
const LONGEST = 65_536

export class Recent<T> {
  readonly #made = new Map<string, { readonly text: string; readonly value: T }>()

  /** What `make` made of this text of this file before, else what it makes of it now. It must be pure. */
  get(file: string, text: string, make: () => T): T {
    const before = this.#made.get(file)
    this.#made.delete(file)
    const value = before?.text === text ? before.value : make()
    if (text.length <= LONGEST) this.#keep(file, text, value)
    return value
  }

  /** Last in the order of the map, of which the first is forgotten. */
  #keep(file: string, text: string, value: T): void {
    this.#made.set(file, { text, value })
    const [oldest] = this.#made.keys()
    if (this.#made.size > KEPT) this.#made.delete(oldest!)
  }
}
