/**
 * Compares two rulesets, without and with a request, in the lab: the difference must be exactly the
 * requested ports.
 */

import type { Plan } from '../../src/compare/experiment.ts'
import {
  type Judged,
  judgeTrial,
  reviewExperiment,
  type TrialSweep,
  trialVerdictOfAll,
  worstFirst,
} from '../../src/compare/request.ts'
import { Traced } from '../../src/compare/traced.ts'
import type { LabPlan } from '../../src/lab/lab.ts'
import type { Zone } from '../../src/lab/zone.ts'
import type { PortSet } from '../../src/net/port-set.ts'
import { FAMILIES } from '../../src/net/protocol.ts'
import { planReview, type ReviewPlan } from '../../src/plan/request.ts'
import { NotMeasurable } from '../../src/plan/request-targets.ts'
import { linksOf } from '../../src/platform/zones.ts'
import type { Grant } from '../../src/policy/grant.ts'
import type { Policy } from '../../src/policy/policy.ts'
import type { Request } from '../../src/request/request.ts'
import type { Measured, MeasuredRow } from '../../src/result/measured.ts'
import { gathered, notMeasuredWords } from '../../src/result/not-measured.ts'
import { beyondProject, type TrialRulesets, trialRulesets } from '../../src/ruleset/trial.ts'
import type { FaultInjection } from '../contract/lab.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { Limit } from '../system/limit.ts'
import { partIn } from './contract.ts'
import { evidenceOf } from './evidence.ts'
import type { Opened } from './open.ts'
import { type Inspected, sidesOf } from './session.ts'
import { compareSides } from './two-sides.ts'
import { failuresOf, mustBeOpened, walkTogether } from './walk.ts'

export interface MeasureOptions {
  readonly sandbox: Sandbox
  readonly policy: Policy
  /** Of the whole platform. */
  readonly zones: readonly Zone[]
  /** The grants in force today, without the request. */
  readonly grants: readonly Grant[]
  /** Of a policy for zones. */
  readonly lab?: LabPlan | undefined
  /** The ports of a whole sweep; absent: every port. */
  readonly ports?: PortSet
  /** Makes the request's grant wrong. For the test that this is noticed. */
  readonly fault?: (grant: Grant) => Grant
  /** Makes the ruleset with the request wrong. For a test. */
  readonly spoil?: (ruleset: string) => string
  /** Breaks the harness itself. For a test. */
  readonly faults?: FaultInjection
}

export async function measure(request: Request, options: MeasureOptions): Promise<Measured> {
  const began = performance.now()
  try {
    const review = planReview(request, options)
    const { fault = (grant) => grant, spoil = (text) => text } = options
    const links = options.lab && linksOf(options.lab)
    const rulesets = trialRulesets({ ...options, links }, { ...review, asked: fault(review.asked) })
    const spoiled = { ...rulesets, asked: spoil(rulesets.asked) }
    const { found, problems } = await measureAll(review, spoiled, options)
    const beyond = beyondProject(
      options.zones.find(({ name }) => name === request.project)!,
      rulesets,
    )
    return {
      ...combined(found, problems, beyond),
      ...told(review, rulesets, options),
      totalMs: performance.now() - began,
    }
  } catch (error) {
    if (!(error instanceof NotMeasurable)) throw error
    return { verdict: 'not measured', wanted: true, reason: error.message }
  }
}

/** Filled during the measurement of a family. */
interface Trials {
  readonly rows: MeasuredRow[]
  probes: number
}

interface FamilyFound extends Readonly<Trials> {
  readonly problems: readonly string[]
  readonly controls: number
}

interface Found {
  readonly found: readonly FamilyFound[]
  readonly problems: readonly string[]
}

async function measureAll(
  review: ReviewPlan,
  { today, asked }: TrialRulesets,
  { sandbox, faults }: MeasureOptions,
): Promise<Found> {
  const answers = await walkTogether<TrialSweep, Plan<TrialSweep>, Trials>(
    {
      experiment: reviewExperiment(review, [sideOf(today, 'today'), sideOf(asked, 'asked')]),
      where: { sandbox, faults, providers: [] },
      begin: () => ({ rows: [], probes: 0 }),
      ask: measureFamily,
    },
    new Limit(FAMILIES.length),
  )
  mustBeOpened(answers)
  const problems = (gathered(failuresOf(answers)).notMeasured ?? []).map(
    (one) => `${notMeasuredWords(one)}: ${one.reason}`,
  )
  const found = answers.map(({ opened, found }) => ({
    ...found,
    problems: opened?.problems ?? [],
    controls: opened?.controls.length ?? 0,
  }))
  return { found, problems }
}

/** Inspected like any other ruleset, because a seeded fault may make it stateful. */
const sideOf = (text: string, origin: string) => ({
  firewall: { origin, parts: [partIn({ origin, text })] },
})

async function measureFamily(
  { sessions, plan }: Opened<Plan<TrialSweep>>,
  trials: Trials,
): Promise<void> {
  const sides = sidesOf(sessions)
  const traced = new Traced()
  for (const sweep of plan.sweeps) {
    const found = await compareSides(sides, sweep, traced)
    trials.probes += found.probes * sessions.length
    trials.rows.push(await rowOf(sides.new, sweep, judgeTrial(sweep, found, sweep.trial.expected)))
  }
}

/** The number of ports of a row that are traced. */
const TRACED = 3

/** With the deciding rules, if a row is wrong. */
async function rowOf(
  asked: Inspected,
  sweep: TrialSweep,
  { difference, verdict, wrong }: Judged,
): Promise<MeasuredRow> {
  const { protocol, where, extent, expected } = sweep.trial
  const { plan } = sweep.trial.sweep
  const evidence = await evidenceOf(asked, sweep, wrong.ranges.slice(0, TRACED))
  return {
    ...{ from: plan.from, family: sweep.family, protocol },
    ...{ target: sweep.packet.target, where },
    ...(plan.as ? { as: plan.as.label } : {}),
    ...{ extent, numbers: sweep.numbers.size },
    ...difference,
    ...{ expected, verdict, evidence: [...evidence.values()] },
  }
}

function combined(
  found: readonly FamilyFound[],
  failed: readonly string[],
  beyond: readonly string[],
) {
  const rows = found.flatMap((family) => family.rows)
  const problems = [...found.flatMap((family) => family.problems), ...failed]
  return {
    verdict: trialVerdictOfAll(rows, problems, beyond),
    beyond,
    rows: worstFirst(rows),
    problems,
    controls: found.reduce((sum, { controls }) => sum + controls, 0),
    probes: found.reduce((sum, { probes }) => sum + probes, 0),
  }
}

function told({ standIns, left }: ReviewPlan, rulesets: TrialRulesets, { zones }: MeasureOptions) {
  const all = zones.filter(({ kind }) => kind === 'project').length
  return { standIns, left, projects: { compiled: rulesets.projects, all } }
}
