/** Two observations of one probe, through the old and the new firewall → the change. */

import { PortSet } from '../net/port-set.ts'
import { compress, join, type RangeMap, type Span } from '../net/range-map.ts'
import type { Change, ChangeKind } from '../result/diff.ts'
import { deliveryOf, type Observation, type Outcome } from '../result/outcome.ts'

/** The comparison of two sweeps of the same numbers. */
export interface Changes {
  /** Sorted; equal neighbours are joined. */
  readonly changed: readonly Change[]
  /** Unsteady before and after: no visible difference, and not compared. */
  readonly unsteady: PortSet
  /** Numbers with the same outcome before and after. */
  readonly same: PortSet
}

const NOT_PROBED: Outcome = { kind: 'inconclusive', reason: 'not probed' }

/**
 * `numbers` are the numbers to probe. If either side lacks one, its change is unknown, never none.
 * `scatters`: rules choose among several translations by chance or by a hash with a random seed, so
 * the chosen one means nothing.
 */
export function changesOf(
  numbers: PortSet,
  before: RangeMap<Observation>,
  after: RangeMap<Observation>,
  { scatters = false }: { readonly scatters?: boolean } = {},
): Changes {
  const both = join(complete(before, numbers), complete(after, numbers))
  const judged = both.map(({ from, to, value: [a, b] }) => ({
    from,
    to,
    value: judge(a, b, scatters),
  }))
  const merged = compress(judged, (value) => JSON.stringify(value))
  const changed = merged.flatMap(({ from, to, value }) =>
    'before' in value ? [{ from, to, ...value }] : [],
  )
  const of = (kind: string): PortSet =>
    PortSet.of(...merged.filter(({ value }) => value.kind === kind))
  return { changed, unsteady: of('unsteady-both'), same: of('same') }
}

/** Equal text for outcomes that are equal in every detail. */
export const outcomeKey = (outcome: Outcome): string => JSON.stringify(outcome)

type Judged =
  | { readonly kind: 'same' | 'unsteady-both' }
  | { readonly kind: ChangeKind; readonly before: Outcome; readonly after: Outcome }

function judge(before: Outcome, after: Outcome, scatters: boolean): Judged {
  if ([before, after].some((one) => deliveryOf(one) === 'unknown'))
    return { kind: 'unknown', before, after }
  if (outcomeKey(before) === outcomeKey(after))
    return { kind: deliveryOf(before) === 'unsteady' ? 'unsteady-both' : 'same' }
  if (scatters && isSameWay(before, after)) return { kind: 'unsteady-both' }
  return { kind: kindOf(before, after), before, after }
}

function isSameWay(before: Outcome, after: Outcome): boolean {
  return before.kind === 'translated' && after.kind === 'translated' && before.way === after.way
}

function kindOf(before: Outcome, after: Outcome): ChangeKind {
  const [was, is] = [deliveryOf(before), deliveryOf(after)]
  if (was === 'unsteady' || is === 'unsteady') return 'unsteady'
  if (was === is) return is === 'blocked' ? 'blocked-otherwise' : 'translated-otherwise'
  if (is === 'there-and-back') return 'opened'
  return is === 'there' ? 'one-way' : 'closed'
}

function complete(observed: RangeMap<Observation>, numbers: PortSet): RangeMap<Outcome> {
  const seen = observed.map(
    ({ from, to, value }): Span<Outcome> => ({ from, to, value: value.outcome }),
  )
  const missing = numbers.subtract(PortSet.of(...observed))
  const holes = missing.ranges.map((range): Span<Outcome> => ({ ...range, value: NOT_PROBED }))
  return [...seen, ...holes].sort((a, b) => a.from - b.from)
}
