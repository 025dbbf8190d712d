/** Sets of numbers of any size (ports as numbers, addresses as bigints), kept as inclusive intervals. */

/** Inclusive at both ends. */
export type Interval<N extends number | bigint = number | bigint> = readonly [from: N, to: N]

export const next = <N extends number | bigint>(n: N): N =>
  (typeof n === 'bigint' ? n + 1n : (n as number) + 1) as N

export const previous = <N extends number | bigint>(n: N): N =>
  (typeof n === 'bigint' ? n - 1n : (n as number) - 1) as N

const order = (a: number | bigint, b: number | bigint): number => (a < b ? -1 : a > b ? 1 : 0)

/** Sorted and disjoint; neighbours that touch become one. */
export function normalise<N extends number | bigint>(
  intervals: readonly Interval<N>[],
): Interval<N>[] {
  const merged: [N, N][] = []
  for (const [from, to] of intervals.toSorted((a, b) => order(a[0], b[0]))) {
    const last = merged.at(-1)
    if (last && from <= next(last[1])) {
      if (to > last[1]) last[1] = to
    } else merged.push([from, to])
  }
  return merged
}

/** What both have in common. Both sorted and disjoint, and so is the result. */
export function intersect<N extends number | bigint>(
  a: readonly Interval<N>[],
  b: readonly Interval<N>[],
): Interval<N>[] {
  const out: Interval<N>[] = []
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const [x, y] = [a[i]!, b[j]!]
    const from = x[0] > y[0] ? x[0] : y[0]
    const to = x[1] < y[1] ? x[1] : y[1]
    if (from <= to) out.push([from, to])
    if (x[1] < y[1]) i++
    else j++
  }
  return out
}

/** What of `a` is not in `b`. Both sorted and disjoint, and so is the result. */
export function subtract<N extends number | bigint>(
  a: readonly Interval<N>[],
  b: readonly Interval<N>[],
): Interval<N>[] {
  const out: Interval<N>[] = []
  let j = 0
  for (const [from, to] of a) {
    let start = from
    while (j < b.length && b[j]![1] < from) j++
    for (let k = j; k < b.length && b[k]![0] <= to; k++) {
      if (start < b[k]![0]) out.push([start, previous(b[k]![0])])
      if (b[k]![1] >= start) start = next(b[k]![1])
    }
    if (start <= to) out.push([start, to])
  }
  return out
}

/** Place of the interval that `n` lies in; -1 where it lies in none. Sorted and disjoint. */
export function placeIn(intervals: readonly Interval[], n: number | bigint): number {
  let low = 0
  let high = intervals.length - 1
  while (low <= high) {
    const mid = (low + high) >>> 1
    const [from, to] = intervals[mid]!
    if (n < from) high = mid - 1
    else if (n > to) low = mid + 1
    else return mid
  }
  return -1
}

export const has = (intervals: readonly Interval[], n: number | bigint): boolean =>
  placeIn(intervals, n) >= 0
