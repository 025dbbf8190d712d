/** Two observations of one probe, through the old and the new firewall → the change. */

import { PortSet } from '../net/port-set.ts'
import { compress, join, type RangeMap, type Span } from '../net/range-map.ts'
import type { Change, ChangeKind } from '../result/diff.ts'
import { deliveryOf, type Observation, type Outcome, type Rejection } from '../result/outcome.ts'

/** The comparison of two sweeps of the same numbers. */
export interface Changes {
  /** Sorted; equal neighbours are joined. */
  readonly changed: readonly Change[]
  /** Unsteady before and after: no visible difference, and not compared. */
  readonly unsteady: PortSet
  /** A part of these: one side had outcomes that the other side did not show. */
  readonly unlike: PortSet
  /** Numbers with the same outcome before and after. */
  readonly same: PortSet
}

const NOT_PROBED: Observation = {
  outcome: { kind: 'inconclusive', reason: 'not probed' },
  attempts: [],
}

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
  const of = (...kinds: string[]): PortSet =>
    PortSet.of(...merged.filter(({ value }) => kinds.includes(value.kind)))
  return {
    changed,
    unsteady: of('unsteady-both', 'unlike'),
    unlike: of('unlike'),
    same: of('same'),
  }
}

/** Equal text for outcomes that are equal in every detail. */
export const outcomeKey = (outcome: Outcome): string => JSON.stringify(outcome)

type Judged = { readonly kind: 'same' | 'unsteady-both' | 'unlike' } | Omit<Change, 'from' | 'to'>

function judge(one: Observation, other: Observation, scatters: boolean): Judged {
  const [before, after] = [one.outcome, other.outcome]
  if ([before, after].some((outcome) => deliveryOf(outcome) === 'unknown'))
    return { kind: 'unknown', before, after }
  if ([before, after].every((outcome) => deliveryOf(outcome) === 'unsteady'))
    return judgeUnsteady(one, other, scatters)
  if (outcomeKey(before) === outcomeKey(after)) return { kind: 'same' }
  if (scatters && isSameWay(before, after)) return { kind: 'unsteady-both' }
  return { kind: kindOf(before, after), before, after }
}

/**
 * Below a limit and above it, both sides must show the same outcomes. If each side has one outcome
 * that the other lacks, one changed to the other.
 */
function judgeUnsteady(one: Observation, other: Observation, scatters: boolean): Judged {
  const [was, is] = [outcomesOf(one), outcomesOf(other)]
  const onlyOf = (own: readonly Outcome[], others: readonly Outcome[]): Outcome[] =>
    own.filter((outcome) => !others.some((each) => areAlike(outcome, each, scatters)))
  const [old, young] = [onlyOf(was, is), onlyOf(is, was)]
  const [before, after] = [old[0], young[0]]
  if (!before && !after) return { kind: 'unsteady-both' }
  // What one side lacks may not have occurred yet.
  if (!before || !after) return { kind: 'unlike' }
  if (old.length > 1 || young.length > 1)
    return { kind: 'unsteady', before: one.outcome, after: other.outcome }
  return { kind: kindOf(before, after), before, after, sometimes: true }
}

const bare = (by: Rejection): Rejection => ({ ...by, from: '' })

const outcomesOf = ({ outcome, among }: Observation): readonly Outcome[] =>
  among ? among.map((one) => one.outcome) : [outcome]

/** Of a class of ports, one port's translation represents all. */
function areAlike(a: Outcome, b: Outcome, scatters: boolean): boolean {
  if (a.kind === 'translated' && b.kind === 'translated')
    return a.way === b.way && (scatters || isSameTranslation(a.change, b.change))
  if (a.kind === 'rejected' && b.kind === 'rejected')
    return outcomeKey({ ...a, by: bare(a.by) }) === outcomeKey({ ...b, by: bare(b.by) })
  return outcomeKey(a) === outcomeKey(b)
}

/** `port 25 → 8025` and `port 26 → 8025` are the same, as well as `port 25 → 8025` and `port 26 → 8026`. */
function isSameTranslation(a: string, b: string): boolean {
  const [one, other] = [partsOf(a), partsOf(b)]
  if (one.rest !== other.rest) return false
  return one.to === other.to || one.to - one.from === other.to - other.from
}

function partsOf(change: string): { rest: string; from: number; to: number } {
  const [text = '', from = 0, to = 0] = PORT.exec(change) ?? []
  return { rest: change.replace(text, ''), from: Number(from), to: Number(to) }
}

const PORT = /\b(?:source )?port (\d+) → (\d+)/

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

function complete(observed: RangeMap<Observation>, numbers: PortSet): RangeMap<Observation> {
  const missing = numbers.subtract(PortSet.of(...observed))
  const holes = missing.ranges.map((range): Span<Observation> => ({ ...range, value: NOT_PROBED }))
  return [...observed, ...holes].sort((a, b) => a.from - b.from)
}
