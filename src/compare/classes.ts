/** Numbers by the classes that firewalls make of them. */
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
