/**
 * Compares two rulesets, without and with a request, in the lab: the difference must be exactly the
 * requested ports.
 */

import type { Plan } from '../../src/compare/experiment.ts'
import { judgeTrial, reviewExperiment, type TrialSweep } from '../../src/compare/request.ts'
import { concludeReview, measuredRow, type Trials } from '../../src/compare/review-result.ts'
import { Traced } from '../../src/compare/traced.ts'
import type { LabPlan } from '../../src/lab/lab.ts'
import type { Zone } from '../../src/lab/zone.ts'
import type { PortSet } from '../../src/net/port-set.ts'
import { planReview, type ReviewPlan } from '../../src/plan/request.ts'
import { NotMeasurable } from '../../src/plan/request-targets.ts'
import { projectsOf } from '../../src/platform/platform.ts'
import { linksOf } from '../../src/platform/zones.ts'
import type { Grant } from '../../src/policy/grant.ts'
import type { Policy } from '../../src/policy/policy.ts'
import type { Request } from '../../src/request/request.ts'
import type { Measured } from '../../src/result/measured.ts'
import { beyondProject, type TrialRulesets, trialRulesets } from '../../src/ruleset/trial.ts'
import type { FaultInjection } from '../contract/lab.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { partIn } from './contract.ts'
import { evidenceOf } from './evidence.ts'
import type { Opened } from './open.ts'
import { sidesOf } from './session.ts'
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
    const { fault = (grant) => grant, spoil = (text) => text, zones } = options
    const links = options.lab && linksOf(options.lab)
    const rulesets = trialRulesets({ ...options, links }, { ...review, asked: fault(review.asked) })
    const answers = await measureAll(review, { ...rulesets, asked: spoil(rulesets.asked) }, options)
    const project = zones.find(({ name }) => name === request.project)!
    const { standIns, left } = review
    return {
      ...concludeReview(answers, failuresOf(answers), beyondProject(project, rulesets)),
      ...{ standIns: [...standIns], left },
      projects: { compiled: rulesets.projects, all: projectsOf(options).length },
      totalMs: performance.now() - began,
    }
  } catch (error) {
    if (!(error instanceof NotMeasurable)) throw error
    return { verdict: 'not measured', wanted: true, reason: error.message }
  }
}

/** Throws the failure if no family can be measured. */
async function measureAll(
  review: ReviewPlan,
  { today, asked }: TrialRulesets,
  { sandbox, faults }: MeasureOptions,
) {
  const answers = await walkTogether({
    experiment: reviewExperiment(review, [sideOf(today, 'today'), sideOf(asked, 'asked')]),
    where: { sandbox, faults, providers: [] },
    begin: (): Trials => ({ rows: [], probes: 0 }),
    ask: measureFamily,
  })
  mustBeOpened(answers)
  return answers
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
    const judged = judgeTrial(sweep, found, sweep.trial.expected)
    const evidence = await evidenceOf(sides.new, sweep, judged.wrong.ranges)
    trials.probes += found.probes * sessions.length
    trials.rows.push(measuredRow(sweep, judged, [...evidence.values()]))
  }
}
