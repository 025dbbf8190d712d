/**
 * A value for every number of a range (a port, an ICMP type, an IP protocol), stored as spans with
 * one value each.
 */
import { firstEndingFrom, type PortSet, type Range } from './port-set.ts'

/** The numbers `from`–`to` (inclusive) have `value`. */
export interface Span<T> extends Range {
  readonly value: T
}

/** Sorted by `from`, disjoint. Numbers outside all spans have no value. */
export type RangeMap<T> = readonly Span<T>[]

/** The value at `n`. Undefined if no span contains `n`. */
export function valueAt<T>(spans: RangeMap<T>, n: number): T | undefined {
  let low = 0
  let high = spans.length - 1
  while (low <= high) {
    const mid = (low + high) >>> 1
    const span = spans[mid]!
    if (n < span.from) high = mid - 1
    else if (n > span.to) low = mid + 1
    else return span.value
  }
  return undefined
}

/** The parts of the spans outside the numbers. */
export function outside<T>(spans: RangeMap<T>, numbers: PortSet): Span<T>[] {
  const left: Span<T>[] = []
  for (const { from, to, value } of spans) {
    let start = from
    for (let i = firstEndingFrom(numbers.ranges, from); start <= to; i++) {
      const hole = numbers.ranges[i]
      const end = hole && hole.from <= to ? hole.from - 1 : to
      if (start <= end) left.push({ from: start, to: end, value })
      start = hole && hole.from <= to ? hole.to + 1 : to + 1
    }
  }
  return left
}

/** Joins adjacent spans whose `key` is equal. The input is sorted and disjoint. */
export function compress<T>(spans: Iterable<Span<T>>, key: (value: T) => string): RangeMap<T> {
  const merged: { from: number; to: number; value: T; key: string }[] = []
  for (const { from, to, value } of spans) {
    const last = merged.at(-1)
    const k = key(value)
    if (last && last.to + 1 === from && last.key === k) last.to = to
    else merged.push({ from, to, value, key: k })
  }
  return merged.map(({ from, to, value }) => ({ from, to, value }))
}

/**
 * Both values of every number that lies in a span of `a` and in a span of `b`.
 *
 *     a  |---x---|--y--|
 *     b     |--1--|-2-|
 *     ⇒     |x1---|x2|y2|   split at every edge of either
 */
export function join<A, B>(a: RangeMap<A>, b: RangeMap<B>): RangeMap<readonly [A, B]> {
  const out: Span<readonly [A, B]>[] = []
  let j = 0
  for (const { from, to, value } of a) {
    while (j < b.length && b[j]!.to < from) j++
    for (let k = j; k < b.length && b[k]!.from <= to; k++) {
      const other = b[k]!
      out.push({
        from: Math.max(from, other.from),
        to: Math.min(to, other.to),
        value: [value, other.value],
      })
    }
  }
  return out
}
