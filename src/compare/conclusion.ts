/** The results of the families of a claim → the result of its scenario. */
import type { FamilyFindings } from '../plan/findings.ts'
import { arrange } from '../plan/order.ts'
import { gathered } from '../result/not-measured.ts'
import { remarked } from '../result/remarks.ts'
import type { NotMeasured, ScenarioResult } from '../result/result.ts'
import { type AcceptedRule, judgeUntested } from '../result/untested.ts'
import { statusOfScenario } from './policy.ts'

/** What is not part of the findings. */
export interface Told {
  /** Rules that the scenario accepts untested. */
  readonly accepted: readonly AcceptedRule[] | undefined
  /** For a firewall that is compared with a policy for zones; absent: a scenario of projects. */
  readonly notes: readonly string[] | undefined
  /** Those that exist before the measurement. */
  readonly remarks: readonly string[]
  readonly notMeasured: readonly NotMeasured[]
}

type Concluded = Omit<
  ScenarioResult,
  | 'id'
  | 'title'
  | 'requirement'
  | 'source'
  | 'policy'
  | 'at'
  | 'grants'
  | 'revoked'
  | 'ruleset'
  | 'timing'
>

export function concludeClaim(told: Told, findings: readonly FamilyFindings[]): Concluded {
  const all = <T>(of: (one: FamilyFindings) => readonly T[]): T[] => findings.flatMap(of)
  const { untested, notes: idle } = judgeUntested(
    all((one) => one.untested),
    told.accepted,
  )
  const facts = {
    ...arrange(findings).facts,
    ...gathered(told.notMeasured),
    ...(untested.length > 0 ? { untested } : {}),
  }
  const found = [...all((one) => one.notes), ...idle]
  const { notes } = told
  return {
    status: statusOfScenario(facts),
    ...facts,
    ...(notes ? { notes: [...new Set([...notes, ...found])] } : {}),
    ...remarked([...told.remarks, ...all((one) => one.remarks), ...(notes ? [] : found)]),
  }
}
