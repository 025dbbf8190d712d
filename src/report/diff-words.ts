/** Texts about a change between two firewalls, shared by all reports. */

import type { SummarizedChange } from '../compare/summary.ts'
import { familyName, protocolName } from '../net/protocol.ts'
import { count, counted, rangeWords } from '../net/text.ts'
import type { Change, Coverage, Missing } from '../result/diff.ts'
import { decidingStep, type Walk } from '../result/trace.ts'
import { outcomeWords } from '../result/words.ts'
import { plain } from './words.ts'

/** At most this many combinations are named for one change. */
const MAX_LABELS = 3

/** At most this many ranges are named for one change. */
const MAX_RANGES = 8

/** The numbers of a change. The text says so if only the edges of classes were probed. */
export function numbersWords({ ranges, detail }: SummarizedChange): string {
  const shown = ranges.slice(0, MAX_RANGES).map(rangeWords).join(', ')
  const left = ranges.length - MAX_RANGES
  const more = left > 0 ? ` and ${counted(left, 'more range')}` : ''
  const byEdges = detail === 'boundaries' && ranges.some(({ from, to }) => to > from)
  return `${shown}${more}${byEdges ? ' (by its edges)' : ''}`
}

export const outcomes = ({ before, after, sometimes }: Change): string =>
  `${outcomeWords(before)} → ${outcomeWords(after)}${sometimes ? ' in some attempts (a limit)' : ''}`

export function whenWords({ ordinary, combinations, unchanged }: SummarizedChange): string {
  if (!ordinary) return `, only ${labelWords(combinations, combinations.length)}`
  const also =
    combinations.length === 0
      ? ''
      : ` (and in ${counted(combinations.length, 'other combination')})`
  const { count: exceptions, examples } = unchanged
  return exceptions === 0 ? also : `${also}, but not ${labelWords(examples, exceptions)}`
}

function labelWords(labels: readonly string[], all: number): string {
  const named = labels.slice(0, MAX_LABELS)
  const more = all - named.length
  return `${named.join('; ')}${more > 0 ? `; and in ${counted(more, 'other combination')}` : ''}`
}

/** The deciding rule with its file and line. */
export function decided(walk: Walk, { kind }: Change): string {
  const step = decidingStep(walk, kind === 'translated-otherwise')
  if (!step) return 'no rule appears in the trace'
  const place = step.at ? ` (${step.at.file}:${step.at.line})` : ''
  return plain(
    `${step.table} ${step.chain}: ${step.rule ?? `end of chain, ${step.verdict}`}${place}`,
  )
}

/** A declared change that was not observed. */
export function missingWords({ numbers, kind, from, to, family, protocol, at }: Missing): string {
  return `${from} → ${to} ${protocolName(protocol, family)} ${rangeWords(numbers)} over ${familyName(family)}: declared as ${kind} (${at.file}:${at.line}), not observed`
}

export function coverageWords({ paths, probed, combinations, classes, probes }: Coverage): string {
  const of = probed === combinations ? '' : ` of ${count(combinations)}`
  return `${counted(paths, 'path')}, ${count(probed)}${of} ${combinations === 1 ? 'combination' : 'combinations'}, ${counted(classes, 'class', 'classes')}, ${counted(probes, 'probe')} through each`
}
