/** The one case of an explanation: it passes if the outcome of the packet is known. */
import type { ExplainResult } from '../result/explain.ts'
import { isDoubtful } from '../result/outcome.ts'
import { outcomeWords } from '../result/words.ts'
import { caseOf, errors, type Suite } from './case.ts'

export function casesOfExplanation(result: ExplainResult): Suite[] {
  const { from, to, family, protocol, number, observation, problems } = result
  const { outcome } = observation
  const isUnknown = isDoubtful(outcome)
  const unknown = isUnknown ? [outcomeWords(outcome)] : []
  const name = `${from} → ${to} · IPv${family} · ${protocol}/${number}`
  return [{ name: 'explain', cases: [caseOf(name, errors([...unknown, ...problems]))] }]
}
