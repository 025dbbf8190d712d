/**
 * Schemas of number ranges in results: at most 16 bits, `from` ≤ `to`, and lists without overlaps.
 */
import { z } from 'zod'

const NUMBERS = 'TCP or UDP port (0 to 65535), ICMP type or IP protocol (0 to 255)'

export const number16 = z.int().min(0).max(65535).describe(NUMBERS)

interface Range {
  readonly from: number
  readonly to: number
}

/** The arguments of `refine`. */
type Check<T> = readonly [(value: T) => boolean, { path?: PropertyKey[]; error: string }]

/** Schemas of `from` and `to`. An object that has them calls `refine(...IN_ORDER)`. */
export const fromTo = {
  from: number16.describe(`First number of the range. ${NUMBERS}`),
  to: number16.describe('Last number of the range, inclusive; not less than `from`'),
}

export const IN_ORDER: Check<Range> = [
  ({ from, to }) => from <= to,
  { path: ['to'], error: 'must not be less than "from"' },
]

export const rangeSchema = z.strictObject(fromTo).refine(...IN_ORDER)

/** In one sweep, every number has one row. */
export const DISJOINT: Check<readonly Range[]> = [
  (ranges) => {
    const sorted = ranges.toSorted((a, b) => a.from - b.from)
    return sorted.every(({ from }, i) => i === 0 || sorted[i - 1]!.to < from)
  },
  { error: 'ranges must not overlap' },
]

/** ICMP types and IP protocols have 8 bits (RFC 792, RFC 791 §3.1). */
export const WITHIN_PROTOCOL: Check<{ protocol: string; rows: readonly Range[] }> = [
  ({ protocol, rows }) =>
    protocol === 'tcp' || protocol === 'udp' || rows.every(({ to }) => to <= 255),
  { path: ['rows'], error: 'ICMP types and IP protocols are at most 255' },
]
