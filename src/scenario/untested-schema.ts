/** The list of rules that a scenario accepts untested. */
import { z } from 'zod'
import type { YamlDocument } from '../input/document.ts'
import type { AcceptedRule } from '../result/untested.ts'

const text = z.string().min(1).max(4096)

export const untestedSchema = z
  .array(
    z.strictObject({
      rule: text.describe('The rule, as the report names it'),
      reason: text.describe('The reason why no test is needed here'),
    }),
  )
  .min(1)
  .optional()
  .describe('Rules that no probe can test, and that this scenario accepts untested')

export function acceptedIn(
  untested: z.infer<typeof untestedSchema>,
  document: Pick<YamlDocument, 'place'>,
): Pick<AcceptingScenario, 'untested'> {
  if (untested === undefined) return {}
  return {
    untested: untested.map((one, i) => ({ ...one, at: document.place(['untested', i, 'rule']) })),
  }
}

export interface AcceptingScenario {
  /** Rules that are accepted untested; absent: none. */
  readonly untested?: readonly AcceptedRule[]
}
