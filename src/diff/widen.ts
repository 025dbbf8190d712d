/** What both edges of a class show, and nothing between them gainsays, is so for all of it. */
import type { Observation } from '../outcome.ts'
import { PortSet } from '../ports.ts'
import { type Span, type Spans, valueAt } from '../spans.ts'

/**
 * `classes`: stretches of numbers that neither firewall tells apart. Where only
 * their edges were probed, those stand for the whole stretch; one whose edges
 * were not both probed, or differ, stays as it was seen.
 */
export function widen(observed: Spans<Observation>, classes: Spans<number>): Span<Observation>[] {
  const wide = classes.flatMap(({ from, to }): Span<Observation>[] => {
    const [first, last] = [valueAt(observed, from), valueAt(observed, to)]
    if (!first || !last || keyOf(first) !== keyOf(last)) return []
    const inside = observed.filter((span) => span.from <= to && span.to >= from)
    return inside.every(({ value }) => keyOf(value) === keyOf(first))
      ? [{ from, to, value: first }]
      : []
  })
  const covered = PortSet.of(...wide)
  const rest = observed.flatMap(({ from, to, value }) =>
    PortSet.of({ from, to })
      .subtract(covered)
      .ranges.map((range) => ({ ...range, value })),
  )
  return [...wide, ...rest].sort((a, b) => a.from - b.from)
}

const keyOf = ({ outcome }: Observation): string => JSON.stringify(outcome)
