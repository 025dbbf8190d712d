/**
 * The path of one packet for a terminal: hooks, chains and rules in order, and what both ends saw.
 */

import type { Style } from '../quote/style.ts'
import type { ExplainResult } from '../result/explain.ts'
import { deliveryOf, type Outcome } from '../result/outcome.ts'
import { decidingStep, type WalkStep } from '../result/trace.ts'
import { outcomeWords } from '../result/words.ts'
import { attemptWords, plain, wrap } from './words.ts'

export function renderExplanation(result: ExplainResult, style: Style): string {
  const { walk, observation, problems } = result
  const attempts = observation.attempts.map((attempt, i) =>
    wrap(plain(`attempt ${i + 1}: ${attemptWords(attempt)}`), '   '),
  )
  return [
    style.strong(wrap(plain(`${result.from} → ${result.to}: ${walk.probe}`), ' ')),
    ...renderWalk(walk.steps, style),
    '',
    paint(
      observation.outcome,
      style,
    )(wrap(plain(`⇒ ${outcomeWords(observation.outcome)}${because(result)}`), ' ')),
    ...attempts,
    ...problems.map((problem) => style.doubtful(wrap(plain(`? ${problem}`), ' '))),
  ].join('\n')
}

/** A heading for each chain that the packet enters, with its rules below. */
export function renderWalk(steps: readonly WalkStep[], style: Style): string[] {
  if (steps.length === 0) return [style.dim('   the packet met no chain')]
  return steps.flatMap((step, i) => {
    const before = steps[i - 1]
    const entered = !before || chainOf(before) !== chainOf(step)
    return [...(entered ? [style.dim(wrap(plain(chainOf(step)), '   '))] : []), stepLine(step)]
  })
}

function chainOf({ hook, family, table, chain }: WalkStep): string {
  const where = [family, table, chain].filter((part) => part !== undefined).join(' ')
  return hook === undefined ? where : `${hook}: ${where}`
}

function stepLine({ rule, verdict, at }: WalkStep): string {
  const place = at ? `  (${at.file}:${at.line})` : ''
  return wrap(plain(`${rule ?? 'end of chain'} ⇒ ${verdict}${place}`), '     ')
}

function because({ walk, observation }: ExplainResult): string {
  const step = decidingStep(walk, observation.outcome.kind === 'translated')
  if (!step) return ''
  const place = step.at ? ` (${step.at.file}:${step.at.line})` : ''
  const what = step.rule ?? `${step.verdict} at the end of chain ${step.chain}`
  return `, by ${what}${place}`
}

function paint(outcome: Outcome, style: Style): (text: string) => string {
  switch (deliveryOf(outcome)) {
    case 'there-and-back':
      return style.good
    case 'blocked':
      return style.bad
    default:
      return style.doubtful
  }
}
