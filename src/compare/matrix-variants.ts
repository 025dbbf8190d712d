/**
 * Variants in a matrix: packets that the rules of one target tell apart from the ordinary ones of
 * their path. The rules of another target may not: there they are ordinary packets, and were not
 * probed again. So that a target lacks a variant is no difference; how far its packets get is
 * compared with the ordinary packets there.
 */
import { PortSet } from '../net/port-set.ts'
import { join, type RangeMap, type Span } from '../net/range-map.ts'
import type { Difference } from '../result/matrix.ts'
import { deliveryOf, isDoubtful, type Outcome } from '../result/outcome.ts'
import type { Row, ScenarioResult, TableResult } from '../result/result.ts'
import { basePath, outcomeWords, pathWords } from '../result/words.ts'

export interface There {
  readonly target: string
  readonly scenario: ScenarioResult
}

/** `told`: differences of ordinary packets. A number that differs there is not told again. */
export function variantDifferences(
  scenario: string,
  there: readonly There[],
  told: readonly Difference[],
): Difference[] {
  const variants = there.flatMap(({ scenario: { tables } }) => tables.filter(isVariant))
  const known = Map.groupBy(told, ({ path }) => path)
  return [...Map.groupBy(variants, pathWords)].flatMap(([path, [variant]]) => {
    const base = pathWords(basePath(variant!))
    const before = PortSet.of(...(known.get(base) ?? []))
    const found = differencesOf(there, path, base)
      .filter(({ from, to }) => PortSet.of({ from, to }).intersect(before).isEmpty)
      .map((one): Difference => ({ scenario, path, ...one }))
    known.set(base, [...(known.get(base) ?? []), ...found])
    return found
  })
}

const isVariant = ({ variant }: TableResult): boolean => variant === true

/** A row is comparable with one of the same promise only. */
type Promised = Pick<Row, 'expected' | 'observed'>

function differencesOf(
  there: readonly There[],
  path: string,
  base: string,
): Pick<Difference, 'from' | 'to' | 'seen'>[] {
  const known = there.flatMap(({ target, scenario: { tables } }) => {
    const table =
      tables.find((one) => isVariant(one) && pathWords(one) === path) ??
      tables.find((one) => !isVariant(one) && pathWords(one) === base)
    return table ? [{ target, spans: promisedIn(table) }] : []
  })
  const targets = known.map(({ target }) => target)
  return together(known.map(({ spans }) => spans)).flatMap(({ from, to, value }) => {
    const seen = seenOf(targets, value)
    return seen.length > 1 ? [{ from, to, seen }] : []
  })
}

const promisedIn = ({ rows }: TableResult): RangeMap<Promised> =>
  rows.map(({ from, to, expected, observed }) => ({ from, to, value: { expected, observed } }))

/** Numbers that every target has. */
const together = ([first = [], ...others]: readonly RangeMap<Promised>[]): RangeMap<
  readonly Promised[]
> =>
  others.reduce(
    (sofar: RangeMap<readonly Promised[]>, other) =>
      join(sofar, other).map(({ from, to, value: [all, one] }) => ({
        ...{ from, to },
        value: [...all, one],
      })),
    first.map(({ from, to, value }): Span<readonly Promised[]> => ({ from, to, value: [value] })),
  )

/** Empty where the promises differ, or where nothing is known. */
function seenOf(targets: readonly string[], rows: readonly Promised[]): Difference['seen'] {
  if (new Set(rows.map(({ expected }) => expected.verdict)).size > 1) return []
  const outcomes = rows.map(({ observed }, i) => ({ observed, target: targets[i]! }))
  const alike = Map.groupBy(
    outcomes.filter(({ observed }) => !isDoubtful(observed)),
    ({ observed }) => deliveryOf(observed),
  )
  return [...alike.values()].map((own) => ({
    targets: own.map(({ target }) => target),
    words: wordsOf(own.map(({ observed }) => observed)),
  }))
}

const wordsOf = (outcomes: readonly Outcome[]): string =>
  [...new Set(outcomes.map(outcomeWords))].join(' or ')
