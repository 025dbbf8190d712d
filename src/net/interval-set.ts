/** Sets of numbers of any size (ports as numbers, addresses as bigints), kept as pairs: intervals inclusive at both ends. */
import { type Bound, IntervalAlgebra } from './interval-algebra.ts'

export { next, previous } from './interval-algebra.ts'

/** Inclusive at both ends. */
export type Interval<N extends Bound = Bound> = readonly [from: N, to: N]

const PAIRS = new IntervalAlgebra<Interval>({
  from: ([from]) => from,
  to: ([, to]) => to,
  make: (from, to) => [from, to],
})

/** Sorted and disjoint; neighbours that touch become one. */
export const normalise = <N extends Bound>(intervals: readonly Interval<N>[]): Interval<N>[] =>
  PAIRS.normalise(intervals) as Interval<N>[]

/** What both have in common. Both sorted and disjoint, and so is the result. */
export const intersect = <N extends Bound>(
  a: readonly Interval<N>[],
  b: readonly Interval<N>[],
): Interval<N>[] => PAIRS.intersect(a, b) as Interval<N>[]

/** What of `a` is not in `b`. Both sorted and disjoint, and so is the result. */
export const subtract = <N extends Bound>(
  a: readonly Interval<N>[],
  b: readonly Interval<N>[],
): Interval<N>[] => PAIRS.subtract(a, b) as Interval<N>[]

/** Place of the interval that `n` lies in; -1 where it lies in none. Sorted and disjoint. */
export const indexIn = (intervals: readonly Interval[], n: Bound): number =>
  PAIRS.placeIn(intervals, n)

export const has = (intervals: readonly Interval[], n: Bound): boolean => indexIn(intervals, n) >= 0
