/**
 * If both edges of a class have the same outcome, and no port between them differs, the whole class
 * has it.
 */

import { firstEndingFrom, PortSet } from '../net/port-set.ts'
import { outside, type RangeMap, type Span } from '../net/range-map.ts'
import type { Observation } from '../result/outcome.ts'

/**
 * `classes`: ranges of numbers that neither firewall distinguishes. If only their edges were
 * probed, these count for the whole range. A range whose edges were not both probed, or differ,
 * keeps its observed numbers only.
 */
export function extrapolate(
  observed: RangeMap<Observation>,
  classes: RangeMap<number>,
): Span<Observation>[] {
  const keys = observed.map(({ value }) => JSON.stringify(value.outcome))
  const wide = classes.flatMap(({ from, to }): Span<Observation>[] => {
    const at = firstEndingFrom(observed, from)
    const first = observed[at]
    if (!first || first.from > from) return []
    let last = at
    while (observed[last + 1] && observed[last + 1]!.from <= to) last++
    if (observed[last]!.to < to) return []
    for (let i = at; i <= last; i++) if (keys[i] !== keys[at]) return []
    return [{ from, to, value: first.value }]
  })
  const rest = outside(observed, PortSet.of(...wide))
  return [...wide, ...rest].sort((a, b) => a.from - b.from)
}
