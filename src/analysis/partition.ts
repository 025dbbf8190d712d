/**
 * Values of a field in classes: two values are in one class if no comparison distinguishes them.
 */
import { type Interval, indexIn, next, previous } from '../net/interval-set.ts'

export interface ValueClass<N extends number | bigint> {
  /** By first appearance, from 0. */
  readonly id: number
  /** Sorted and disjoint. */
  readonly intervals: readonly Interval<N>[]
}

/** A comparison: whether a value is in one of these intervals. Sorted and disjoint. */
export type Question<N extends number | bigint> = readonly Interval<N>[]

/**
 * Classes of the values in `domain` (sorted, disjoint). The domain is cut at every end of a
 * comparison's interval. Then each comparison splits the classes of which it contains a part.
 *
 *     domain  |-----------------|
 *     a          |-----|
 *     b             |------|
 *     ⇒       |0-|1-|2-|3--|0---|
 */
export function partition<N extends number | bigint>(
  domain: readonly Interval<N>[],
  questions: readonly Question<N>[],
): ValueClass<N>[] {
  const pieces = cut(domain, questions)
  const ids = new Int32Array(pieces.length)
  let count = 1
  for (const question of questions) {
    const split = new Map<number, number>()
    for (const interval of question)
      for (
        let i = firstFrom(pieces, interval[0]);
        i < pieces.length && pieces[i]![1] <= interval[1];
        i++
      ) {
        const known = split.get(ids[i]!)
        if (known === undefined) split.set(ids[i]!, count)
        ids[i] = known ?? count++
      }
  }
  return gather(pieces, ids)
}

function cut<N extends number | bigint>(
  domain: readonly Interval<N>[],
  questions: readonly Question<N>[],
): Interval<N>[] {
  const starts: N[] = []
  for (const question of questions) for (const [from, to] of question) starts.push(from, next(to))
  // Each comparison is already sorted, which this sort exploits.
  starts.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  const pieces: Interval<N>[] = []
  let at = 0
  for (const [from, to] of domain) {
    let start = from
    while (at < starts.length && starts[at]! <= from) at++
    for (; at < starts.length && starts[at]! <= to; at++) {
      if (starts[at] === start) continue
      pieces.push([start, previous(starts[at]!)])
      start = starts[at]!
    }
    pieces.push([start, to])
  }
  return pieces
}

/** The first piece that begins at `n` or later. */
function firstFrom(pieces: readonly Interval[], n: number | bigint): number {
  let low = 0
  let high = pieces.length
  while (low < high) {
    const mid = (low + high) >>> 1
    if (pieces[mid]![0] < n) low = mid + 1
    else high = mid
  }
  return low
}

function gather<N extends number | bigint>(
  pieces: readonly Interval<N>[],
  ids: Int32Array,
): ValueClass<N>[] {
  const classes = new Map<number, [N, N][]>()
  for (const [i, [from, to]] of pieces.entries()) {
    const own = classes.get(ids[i]!) ?? []
    if (own.length === 0) classes.set(ids[i]!, own)
    const last = own.at(-1)
    if (last && next(last[1]) === from) last[1] = to
    else own.push([from, to])
  }
  return [...classes.values()].map((intervals, id) => ({ id, intervals }))
}

/** The class of a value. Undefined outside the domain. */
export const classOf = <N extends number | bigint>(
  classes: readonly ValueClass<N>[],
  n: N,
): ValueClass<N> | undefined => classes.find(({ intervals }) => indexIn(intervals, n) >= 0)
