/**
 * A set of prefixes with a fast search for overlaps: it does not compare each prefix with all
 * others.
 */
import { numberOf, type Prefix } from './address.ts'

/** Two prefixes overlap only if one contains the other. */
export class PrefixSet {
  readonly #own = new Map<string, Prefix>()
  /** For every network that contains a prefix of the set: the first such prefix. */
  readonly #around = new Map<string, Prefix>()

  add(prefix: Prefix): void {
    for (const [i, key] of keysOf(prefix).entries()) {
      if (i === prefix.prefixLength && !this.#own.has(key)) this.#own.set(key, prefix)
      if (!this.#around.has(key)) this.#around.set(key, prefix)
    }
  }

  /** A prefix of the set that has an address in common with this one. Undefined if none has. */
  overlapping(prefix: Prefix): Prefix | undefined {
    const keys = keysOf(prefix)
    return keys.map((key) => this.#own.get(key)).find(Boolean) ?? this.#around.get(keys.at(-1)!)
  }
}

/** The networks that contain a prefix, from length 0 to the prefix itself. */
function keysOf({ family, address, prefixLength }: Prefix): string[] {
  const bits = family === 4 ? 32n : 128n
  const number = numberOf(address)
  return Array.from({ length: prefixLength + 1 }, (_, length) => {
    const rest = bits - BigInt(length)
    return `${family}/${length}/${number >> rest}`
  })
}
