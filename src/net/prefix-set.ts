/** Prefixes, none of which is looked at again to find one that another overlaps. */
import { numberOf, type Prefix } from './address.ts'

/** Two prefixes overlap where one lies within the other. */
export class PrefixSet {
  readonly #own = new Map<string, Prefix>()
  /** For every network around a prefix of the set, the first prefix in it. */
  readonly #around = new Map<string, Prefix>()

  add(prefix: Prefix): void {
    for (const [i, key] of keysOf(prefix).entries()) {
      if (i === prefix.prefixLength && !this.#own.has(key)) this.#own.set(key, prefix)
      if (!this.#around.has(key)) this.#around.set(key, prefix)
    }
  }

  /** One that shares an address with it, if there is any. */
  overlapping(prefix: Prefix): Prefix | undefined {
    const keys = keysOf(prefix)
    return keys.map((key) => this.#own.get(key)).find(Boolean) ?? this.#around.get(keys.at(-1)!)
  }
}

/** The networks around a prefix, from that of length 0 to its own. */
function keysOf({ family, address, prefixLength }: Prefix): string[] {
  const bits = family === 4 ? 32n : 128n
  const number = numberOf(address)
  return Array.from({ length: prefixLength + 1 }, (_, length) => {
    const rest = bits - BigInt(length)
    return `${family}/${length}/${number >> rest}`
  })
}
