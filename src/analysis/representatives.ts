/** Members of a field's classes to send: one representative of each class, and some edges. */

import { has, type Interval, next, previous } from '../net/interval-set.ts'
import type { Comparison, Field, RuleFacts } from '../nft/facts.ts'
import type { Asked } from './equivalence-classes.ts'
import { comparisonsOf, questionsOf, satisfies } from './equivalence-classes.ts'
import { partition, type Question } from './partition.ts'

/** Edges tried for each class. Classes with more intervals have more edges. */
export const MOST_EDGES = 4
const MOST_PATTERNS = 8
/** Values under masks. Thousands of masked comparisons could give too many. */
const MOST_MASKED = 512

export interface FieldClass<N extends number | bigint> {
  /** By first appearance in the domain. */
  readonly id: number
  /**
   * All values of the class in the domain. For masked comparisons, all values of their classes
   * together.
   */
  readonly intervals: readonly Interval<N>[]
  readonly representative: N
  /** Values next to another class: the first ones and the last one, at most MOST_EDGES. */
  readonly edges: readonly N[]
  /** The number of further edges, and of further values under masks. */
  readonly edgesLeft: number
}

export interface ClassesSpec<N extends number | bigint> extends Asked {
  readonly field: Field
  /** Values that may be sent; sorted and disjoint. */
  readonly domain: readonly Interval<N>[]
  /** The ends of the domain count as edges too, if their meaning distinguishes the values. */
  readonly isDomainEdge?: boolean
  /** The value of these intervals to send. By default the second one, which looks like a host. */
  readonly prefer?: (intervals: readonly Interval<N>[]) => N | undefined
}

export function classesOf<N extends number | bigint>(
  facts: readonly RuleFacts[],
  spec: ClassesSpec<N>,
): FieldClass<N>[] {
  const comparisons = comparisonsOf(spec.field, facts, spec)
  const masked = comparisons.filter(({ mask }) => mask !== undefined)
  const questions = questionsOf(comparisons) as unknown as Question<N>[]
  const isEdge = edgeIn(spec, questions)
  const classes = partition(spec.domain, questions).flatMap(({ intervals }) => {
    const representative = spec.prefer?.(intervals) ?? hostLike(intervals)
    const all = intervals.flatMap((interval) => edgesOf(interval, representative, isEdge))
    const edges = all.length > MOST_EDGES ? [...all.slice(0, MOST_EDGES - 1), all.at(-1)!] : all
    const others = maskedMembers(masked, representative, intervals)
    const edgesLeft = all.length - edges.length + others.left
    return [
      { intervals, representative, edges, edgesLeft },
      ...others.members.map((n) => ({ intervals, representative: n, edges: [], edgesLeft: 0 })),
    ]
  })
  return classes.map((one, id) => ({ id, ...one }))
}

/** First and last value, each once, where another class begins next to it. */
function edgesOf<N extends number | bigint>(
  [from, to]: Interval<N>,
  representative: N,
  isEdge: EdgeTest<N>,
): N[] {
  const isFirst = isEdge.first(from)
  if (from === to) return from !== representative && (isFirst || isEdge.last(to)) ? [from] : []
  return [
    ...(from !== representative && isFirst ? [from] : []),
    ...(to !== representative && isEdge.last(to) ? [to] : []),
  ]
}

interface EdgeTest<N> {
  first(n: N): boolean
  last(n: N): boolean
}

/**
 * Whether another class begins next to the first or last value of a class. Within the domain it
 * always does.
 */
function edgeIn<N extends number | bigint>(
  { domain, isDomainEdge }: ClassesSpec<N>,
  questions: readonly Question<N>[],
): EdgeTest<N> {
  const isCut = (n: N): boolean =>
    questions.some((question) => has(question, n) !== has(question, previous(n)))
  const starts = new Set(domain.map(([from]) => from))
  const ends = new Set(domain.map(([, to]) => to))
  return {
    first: (n) => isDomainEdge === true || !starts.has(n) || isCut(n),
    last: (n) => isDomainEdge === true || !ends.has(n) || isCut(next(n)),
  }
}

function hostLike<N extends number | bigint>(intervals: readonly Interval<N>[]): N {
  const [from, to] = intervals[0]!
  return (typeof from === 'bigint' && to > from ? from + 1n : from) as N
}

/**
 * Values of the same intervals that masked comparisons distinguish from `first` and from each
 * other: the masked bits are set to the compared value, to its neighbours, to all zeros and to all
 * ones.
 */
function maskedMembers<N extends number | bigint>(
  masked: readonly Comparison[],
  first: N,
  intervals: readonly Interval<N>[],
): { readonly members: N[]; readonly left: number } {
  const signature = (n: N): string => masked.map((one) => (satisfies(one, n) ? '1' : '0')).join('')
  const found = new Map([[signature(first), first]])
  for (const [i, comparison] of masked.entries()) {
    if (found.size > MOST_MASKED)
      return { members: [...found.values()].slice(1), left: masked.length - i }
    for (const base of [...found.values()])
      for (const value of variantsOf(comparison, base)) {
        const key = signature(value)
        if (!found.has(key) && has(intervals, value)) found.set(key, value)
      }
  }
  return { members: [...found.values()].slice(1), left: 0 }
}

/** `base` with each pattern in its masked bits. */
function variantsOf<N extends number | bigint>(comparison: Comparison, base: N): N[] {
  const mask = BigInt(comparison.mask!)
  return patternsOf(comparison).map((pattern) => {
    const n = (BigInt(base) & ~mask) | (pattern & mask)
    return (typeof base === 'bigint' ? n : Number(n)) as N
  })
}

function patternsOf({ intervals, mask }: Comparison): bigint[] {
  const all = BigInt(mask!)
  const lowest = all & -all
  const near = intervals
    .slice(0, MOST_PATTERNS)
    .flatMap(([from, to]) => [
      BigInt(from),
      BigInt(to),
      BigInt(to) + lowest,
      BigInt(from) - lowest,
      BigInt(from) ^ lowest,
    ])
  return [...near, 0n, all].filter((pattern) => pattern >= 0n)
}
