/**
 * Two lists of keys → those that only one has, and those that moved, with as few moves as possible.
 */

export interface Aligned {
  /** Indexes in the first and in the second list. */
  readonly onlyOld: readonly number[]
  readonly onlyNew: readonly number[]
  /** Pairs of indexes that keep their order. */
  readonly kept: readonly Pair[]
  readonly moved: readonly Pair[]
}

export type Pair = readonly [before: number, after: number]

/** If a key occurs several times, its first occurrences belong together. O(n log n). */
export function align(old: readonly string[], young: readonly string[]): Aligned {
  const places = new Map<string, number[]>()
  for (const [i, key] of young.entries()) {
    const own = places.get(key)
    if (own) own.push(i)
    else places.set(key, [i])
  }
  const taken = new Map<string, number>()
  const onlyOld: number[] = []
  const pairs: Pair[] = []
  for (const [i, key] of old.entries()) {
    const at = taken.get(key) ?? 0
    const place = places.get(key)?.[at]
    taken.set(key, at + 1)
    if (place === undefined) onlyOld.push(i)
    else pairs.push([i, place])
  }
  const paired = new Set(pairs.map(([, after]) => after))
  const inOrder = longestRising(pairs.map(([, after]) => after))
  return {
    onlyOld,
    onlyNew: young.flatMap((_, i) => (paired.has(i) ? [] : [i])),
    kept: pairs.filter((_, i) => inOrder.has(i)),
    moved: pairs.filter((_, i) => !inOrder.has(i)),
  }
}

/** The indexes of a longest increasing subsequence (patience sorting). */
function longestRising(values: readonly number[]): Set<number> {
  const ends: number[] = []
  const before = new Int32Array(values.length).fill(-1)
  for (const [i, value] of values.entries()) {
    let low = 0
    let high = ends.length
    while (low < high) {
      const mid = (low + high) >>> 1
      if (values[ends[mid]!]! < value) low = mid + 1
      else high = mid
    }
    before[i] = low > 0 ? ends[low - 1]! : -1
    ends[low] = i
  }
  const found = new Set<number>()
  for (let at = ends.at(-1) ?? -1; at >= 0; at = before[at]!) found.add(at)
  return found
}
