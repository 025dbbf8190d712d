/** The findings about a scenario → its result. */

import type { FamilyFindings } from '../plan/findings.ts'
import { arrange, problem } from '../plan/order.ts'
import type { Day, Grant } from '../policy/grant.ts'
import type { NotMeasured, OrderResult, ScenarioResult } from '../result/result.ts'
import type { AcceptedRule } from '../result/untested.ts'
import { concludeClaim } from './conclusion.ts'

/** A scenario with its policy. */
interface Headed {
  readonly scenario: Pick<ScenarioResult, 'id' | 'title' | 'requirement' | 'source'>
  readonly policy: { readonly id: string; readonly file: string }
  readonly policySha256: string
  readonly at: Day
}

type Head = Pick<ScenarioResult, 'id' | 'title' | 'requirement' | 'source' | 'policy' | 'at'>

/** The identity of the scenario: every result has it, also a failed one. */
function headOf({ scenario, policy, policySha256, at }: Headed): Head {
  const { id, title, requirement, source } = scenario
  return {
    ...{ id, title, requirement, source },
    policy: { id: policy.id, file: policy.file, sha256: policySha256 },
    at,
  }
}

/** The parts of a result that are known before the measurement. */
export interface Given {
  readonly ruleset: { readonly origin: string; readonly text: string }
  readonly notes?: readonly string[]
  readonly remarks?: readonly string[]
  readonly grants: readonly Grant[]
  readonly revoked: readonly string[]
}

interface Measured {
  readonly findings: readonly FamilyFindings[]
  readonly notMeasured: readonly NotMeasured[]
  readonly isInterrupted: boolean
}

/** Without the hash of its ruleset. */
type Unhashed = Omit<ScenarioResult, 'timing' | 'ruleset'> & Pick<Given, 'ruleset'>

export interface Concluded {
  readonly result: Unhashed
  /** The positions of its entries in the whole scenario, for shards. */
  readonly order: OrderResult
}

export function scenarioResult(
  loaded: Headed & { readonly scenario: { readonly untested?: readonly AcceptedRule[] } },
  { ruleset, notes, remarks = [], grants, revoked }: Given,
  { findings, notMeasured, isInterrupted }: Measured,
): Concluded {
  const told = { accepted: loaded.scenario.untested, notes, remarks, notMeasured }
  const all = isInterrupted ? findings.map(withInterruption) : findings
  // If rules were already there: their listing, by the first lab that read it.
  const listing = findings.find((one) => one.ruleset !== undefined)?.ruleset
  const result = {
    ...headOf(loaded),
    grants: grants.map(grantResult),
    revoked: [...revoked],
    ruleset: { origin: ruleset.origin, text: listing ?? ruleset.text },
    ...concludeClaim(told, all),
  }
  return { result, order: orderOf(result, all) }
}

const orderOf = ({ id }: Head, findings: readonly FamilyFindings[]): OrderResult => ({
  scenario: id,
  ...arrange(findings).order,
})

const withInterruption = (one: FamilyFindings): FamilyFindings => ({
  ...one,
  problems: [
    ...one.problems,
    problem(one.family, `IPv${one.family}: interrupted before it was done`),
  ],
})

const grantResult = ({ request, project, until }: Grant): ScenarioResult['grants'][number] => ({
  ...{ request, project },
  ...(until === undefined ? {} : { until }),
})

/** Of a scenario whose measurement did not begin. */
export function unmeasuredResult(loaded: Headed, failure: NotMeasured): Concluded {
  const result: Unhashed = {
    ...headOf(loaded),
    ...{ grants: [], revoked: [], status: 'unknown' },
    ruleset: { origin: loaded.policy.file, text: '' },
    ...arrange([]).facts,
    notMeasured: [failure],
  }
  return { result, order: orderOf(result, []) }
}
