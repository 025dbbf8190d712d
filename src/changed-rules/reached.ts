/** Ports that a sweep covers: the probed ports, and the other ports of their classes. */
import { PortSet } from '../net/port-set.ts'
import { join } from '../net/range-map.ts'
import type { Sent } from './sent.ts'

const known = new WeakMap<Sent, PortSet>()

/**
 * The rules of both sides treat all ports of a class alike, so an observation of one port holds for
 * all.
 */
export function reachedBy(sent: Sent): PortSet {
  const { numbers, classes, detail } = sent
  if (detail !== 'boundaries' || !classes) return numbers
  const before = known.get(sent)
  if (before) return before
  const probed = numbers.ranges.map((range) => ({ ...range, value: undefined }))
  const ids = new Set(join(classes, probed).map(({ value: [id] }) => id))
  const own = classes.filter(({ value }) => ids.has(value)).map(({ from, to }) => ({ from, to }))
  const reached = numbers.union(PortSet.of(...own))
  known.set(sent, reached)
  return reached
}
