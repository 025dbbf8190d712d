/**
 * Sets of numbers of any size (numbers for ports, bigints for addresses), as pairs: intervals that
 * include both ends.
 */
import { type Bound, IntervalAlgebra } from './interval-algebra.ts'

export { next, previous } from './interval-algebra.ts'

/** Inclusive at both ends. */
export type Interval<N extends Bound = Bound> = readonly [from: N, to: N]

const PAIRS = new IntervalAlgebra<Interval>({
  from: ([from]) => from,
  to: ([, to]) => to,
  make: (from, to) => [from, to],
})

/** Sorted and disjoint; adjacent intervals are joined. */
export const normalise = <N extends Bound>(intervals: readonly Interval<N>[]): Interval<N>[] =>
  PAIRS.normalise(intervals) as Interval<N>[]

/** The intersection. Inputs and result are sorted and disjoint. */
export const intersect = <N extends Bound>(
  a: readonly Interval<N>[],
  b: readonly Interval<N>[],
): Interval<N>[] => PAIRS.intersect(a, b) as Interval<N>[]

/**
 * The difference: numbers of `a` that are not in `b`. Inputs and result are sorted and disjoint.
 */
export const subtract = <N extends Bound>(
  a: readonly Interval<N>[],
  b: readonly Interval<N>[],
): Interval<N>[] => PAIRS.subtract(a, b) as Interval<N>[]

/** The index of the interval that contains `n`, or -1. The intervals are sorted and disjoint. */
export const indexIn = (intervals: readonly Interval[], n: Bound): number =>
  PAIRS.placeIn(intervals, n)

export const has = (intervals: readonly Interval[], n: Bound): boolean => indexIn(intervals, n) >= 0
