/**
 * Outcomes of repeated probes. An outcome that depends on earlier packets is `unsteady`, for the
 * whole class of the port that shows it.
 */

import { firstEndingFrom } from '../net/port-set.ts'
import { compress, type RangeMap, type Span, valueAt } from '../net/range-map.ts'
import type { Observation, Outcome } from '../result/outcome.ts'

/** A number, and the outcome of one more probe of it. */
export type Repetition = readonly [number: number, observation: Observation]

/**
 * `classes`: numbers that the firewall does not distinguish. If members of a class disagree, or one
 * number disagrees with itself, the outcome depends on earlier packets, for the whole class. An
 * inconclusive outcome says nothing about others. A number without a class is its own class.
 */
export function withConsistency(
  observed: RangeMap<Observation>,
  repetitions: readonly Repetition[],
  classes: RangeMap<number>,
): RangeMap<Observation> {
  const seen = new Map<number, Map<string, Observation>>()
  const note = (id: number, observation: Observation): void => {
    const own = seen.get(id) ?? new Map<string, Observation>()
    for (const one of eachOutcome(observation)) {
      const key = outcomeKey(one.outcome)
      if (key !== undefined && !own.has(key)) own.set(key, one)
    }
    seen.set(id, own)
  }
  const classed = byClass(observed, classes)
  for (const { value } of classed) note(value.id, value.observation)
  for (const [number, observation] of repetitions) note(idOf(number, classes), observation)
  const unsteady = new Map(
    [...seen].flatMap(([id, own]) =>
      own.size > 1 ? [[id, together([...own.values()])] as const] : [],
    ),
  )
  const judged = classed.map(({ from, to, value }) => ({
    from,
    to,
    value: unsteady.get(value.id) ?? value.observation,
  }))
  return compress(judged, observationText)
}

/** The observation as one more probe of each number. */
export const repetitionsIn = (observed: RangeMap<Observation>): readonly Repetition[] =>
  observed.flatMap(({ from, to, value }) =>
    Array.from({ length: to - from + 1 }, (_, i): Repetition => [from + i, value]),
  )

/** Ids for numbers without a class: below every class id. */
const idOf = (number: number, classes: RangeMap<number>): number =>
  valueAt(classes, number) ?? -1 - number

interface Classed {
  readonly id: number
  readonly observation: Observation
}

/** Spans, split where a class begins or ends. */
function byClass(observed: RangeMap<Observation>, classes: RangeMap<number>): Span<Classed>[] {
  const spans: Span<Classed>[] = []
  for (const { from, to, value } of observed) {
    let at = from
    while (at <= to) {
      const next = classes[firstEndingFrom(classes, at)]
      const end = next && next.from <= at ? Math.min(next.to, to) : at
      spans.push({ from: at, to: end, value: { id: idOf(at, classes), observation: value } })
      at = end + 1
    }
  }
  return spans
}

/** An unsteady probe had each outcome of its attempts. */
const eachOutcome = (one: Observation): readonly Observation[] => one.among ?? [one]

/** The target port of a translation may differ between numbers of one class. */
function outcomeKey(outcome: Outcome): string | undefined {
  switch (outcome.kind) {
    case 'inconclusive':
      return undefined
    case 'translated':
      return `translated ${outcome.way}`
    case 'rejected':
      return `rejected ${outcome.by.kind === 'icmp' ? `${outcome.by.type}/${outcome.by.code}` : 'reset'}`
    default:
      return outcome.kind
  }
}

function together(observations: readonly Observation[]): Observation {
  return {
    outcome: { kind: 'unsteady' },
    attempts: observations.flatMap(({ attempts }) => attempts.slice(0, 1)),
    among: observations,
  }
}

const texts = new WeakMap<object, string>()

function observationText(observation: Observation): string {
  const known = texts.get(observation)
  if (known !== undefined) return known
  const text = JSON.stringify(observation)
  texts.set(observation, text)
  return text
}
