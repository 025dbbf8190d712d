/**
 * A value for every number of a range (a port, an ICMP type, an IP protocol
 * number), kept as spans of equal neighbours.
 */
import { firstEndingFrom, type PortSet, type Range } from './port-set.ts'

/** Numbers `from`–`to` (inclusive) that all have `value`. */
export interface Span<T> extends Range {
  readonly value: T
}

/** Sorted by `from`, disjoint. Numbers in no span have no value. */
export type RangeMap<T> = readonly Span<T>[]

/** The value at `n`; undefined where `n` lies in no span. */
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

/** The parts of the spans that are not among the numbers. */
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

/** Merges neighbours whose values are equal by `key`. Input sorted and disjoint. */
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
