/** Ports by the equivalence classes of the firewalls. */
import { PortSet, type Range } from '../net/port-set.ts'
import type { RangeMap } from '../net/range-map.ts'

export interface Classed extends Range {
  readonly id: number
}

/** Ranges split at the edges of classes; a number in none has a class of its own. */
export function classed(numbers: PortSet, classes: RangeMap<number>): Classed[] {
  const known = classes.flatMap(({ from, to, value: id }) =>
    numbers.intersect(PortSet.of({ from, to })).ranges.map((range) => ({ ...range, id })),
  )
  const rest = numbers.subtract(PortSet.of(...known)).ranges
  return [...known, ...rest.map((range) => ({ ...range, id: -1 - range.from }))].sort(
    (a, b) => a.from - b.from,
  )
}

/** Each number for itself. */
export const single = (numbers: PortSet): RangeMap<number> =>
  [...numbers].map((number) => ({ from: number, to: number, value: number }))

interface Classes {
  readonly numbers: PortSet
  readonly classes: RangeMap<number>
}

/** Members of classes up to this size are probed before all others, which might use up a limit or cause a ban. */
const FEW = 64

export function smallClasses(one: Classes): PortSet {
  const small = membersOf(one).filter(({ size }) => size <= FEW)
  return PortSet.of(...small.flatMap(({ ranges }) => ranges))
}

/** One number of each class, the smallest classes first. */
export const oneOfEach = (one: Classes): number[] =>
  membersOf(one)
    .sort((a, b) => a.size - b.size)
    .map(({ ranges }) => ranges[0]!.from)

/**
 * One number of each class, the last one first. A port that opens only after an earlier port was
 * probed (port knocking) is not open in this order.
 */
export const descending = (one: Classes): Range[] =>
  oneOfEach(one)
    .sort((a, b) => b - a)
    .map((number) => ({ from: number, to: number }))

/** The numbers of each class that has any. */
const membersOf = ({ numbers, classes }: Classes): PortSet[] =>
  [...Map.groupBy(classes, ({ value }) => value).values()]
    .map((spans) => PortSet.of(...spans).intersect(numbers))
    .filter(({ isEmpty }) => !isEmpty)
