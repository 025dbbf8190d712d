/**
 * Set operations on sorted, disjoint, inclusive intervals of numbers or bigints, for addresses and
 * ports in any representation.
 *
 *     a           ├────┤     ├──┤        b        ├──┤      ├─────┤
 *     intersect     ├──┤     ├──┤        subtract ├┤
 */

export type Bound = number | bigint

/** How to read and make an interval. Both bounds are inclusive. */
export interface Shape<I> {
  readonly from: (interval: I) => Bound
  readonly to: (interval: I) => Bound
  readonly make: (from: Bound, to: Bound) => I
}

export const next = <N extends Bound>(n: N): N =>
  (typeof n === 'bigint' ? n + 1n : (n as number) + 1) as N

export const previous = <N extends Bound>(n: N): N =>
  (typeof n === 'bigint' ? n - 1n : (n as number) - 1) as N

const order = (a: Bound, b: Bound): number => (a < b ? -1 : a > b ? 1 : 0)

export class IntervalAlgebra<I> {
  readonly #from: Shape<I>['from']
  readonly #to: Shape<I>['to']
  readonly #make: Shape<I>['make']

  constructor({ from, to, make }: Shape<I>) {
    this.#from = from
    this.#to = to
    this.#make = make
  }

  /** Any intervals → sorted and disjoint ones. Adjacent intervals are joined. */
  normalise(intervals: readonly I[]): I[] {
    const merged: I[] = []
    for (const one of intervals.toSorted((a, b) => order(this.#from(a), this.#from(b)))) {
      const last = merged.at(-1)
      if (last === undefined || this.#from(one) > next(this.#to(last))) merged.push(one)
      else if (this.#to(one) > this.#to(last))
        merged[merged.length - 1] = this.#make(this.#from(last), this.#to(one))
    }
    return merged
  }

  /** The intersection. Inputs and result are sorted and disjoint. */
  intersect(a: readonly I[], b: readonly I[]): I[] {
    // Walks over the shorter list: an interval costs only its own part of a long list.
    const [few, many] = a.length <= b.length ? [a, b] : [b, a]
    const common: I[] = []
    let at = 0
    for (const one of few) {
      const [from, to] = [this.#from(one), this.#to(one)]
      at = this.firstEndingFrom(many, from, at)
      for (let i = at; i < many.length && this.#from(many[i]!) <= to; i++) {
        const [start, end] = [this.#from(many[i]!), this.#to(many[i]!)]
        common.push(this.#make(start > from ? start : from, end < to ? end : to))
      }
    }
    return common
  }

  /**
   * The difference: numbers of `a` that are not in `b`. Inputs and result are sorted and disjoint.
   */
  subtract(a: readonly I[], b: readonly I[]): I[] {
    const left: I[] = []
    let at = 0
    for (const one of a) {
      let start = this.#from(one)
      const to = this.#to(one)
      at = this.firstEndingFrom(b, start, at)
      for (let i = at; i < b.length && this.#from(b[i]!) <= to; i++) {
        if (start < this.#from(b[i]!)) left.push(this.#make(start, previous(this.#from(b[i]!))))
        start = next(this.#to(b[i]!))
      }
      if (start <= to) left.push(this.#make(start, to))
    }
    return left
  }

  /** The index of the interval that contains `n`, or -1. The intervals are sorted and disjoint. */
  placeIn(intervals: readonly I[], n: Bound): number {
    const place = this.firstEndingFrom(intervals, n)
    return place < intervals.length && this.#from(intervals[place]!) <= n ? place : -1
  }

  /**
   * The index of the first interval, at or after `start`, that ends at `n` or later. Their count if
   * none does. The intervals are sorted and disjoint. The search steps grow, so a near interval is
   * found fast in a long list.
   */
  firstEndingFrom(intervals: readonly I[], n: Bound, start = 0): number {
    let low = start
    let step = 1
    while (low + step <= intervals.length && this.#to(intervals[low + step - 1]!) < n) {
      low += step
      step *= 2
    }
    let high = Math.min(low + step - 1, intervals.length)
    while (low < high) {
      const mid = (low + high) >>> 1
      if (this.#to(intervals[mid]!) < n) low = mid + 1
      else high = mid
    }
    return low
  }
}
