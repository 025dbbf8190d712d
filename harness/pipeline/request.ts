/** Two rulesets, without and with a request, in the lab: the difference must be exactly what the request names. */

import {
  differenceOf,
  trialVerdictOf,
  trialVerdictOfAll,
  worstFirst,
  wrongIn,
} from '../../src/compare/request.ts'
import type { Zone } from '../../src/lab/zone.ts'
import type { PortSet } from '../../src/net/port-set.ts'
import type { Family } from '../../src/net/protocol.ts'
import type { PlannedSweep } from '../../src/plan/egress.ts'
import { distinctPaths } from '../../src/plan/order.ts'
import { type Experiment, planExperiment, type Trial } from '../../src/plan/request.ts'
import { NotMeasurable } from '../../src/plan/request-targets.ts'
import type { Policy } from '../../src/policy/egress/policy.ts'
import type { Grant } from '../../src/policy/grant.ts'
import type { Request } from '../../src/request/request.ts'
import type { Measured, MeasuredRow } from '../../src/result/measured.ts'
import { notMeasuredWords } from '../../src/result/not-measured.ts'
import { tableOf } from '../../src/ruleset/compile.ts'
import { difference } from '../../src/ruleset/difference.ts'
import { render, type Table } from '../../src/ruleset/table.ts'
import type { FaultInjection, SweepReport } from '../contract/lab.ts'
import type { Lab, Sandbox } from '../sandbox/sandbox.ts'
import { control, DROP_ALL, REMOVE_DROP_ALL } from './controls.ts'
import { pathOf } from './egress-context.ts'
import { notMeasured } from './not-measured.ts'

export interface MeasureOptions {
  readonly sandbox: Sandbox
  readonly policy: Policy
  /** Of the whole platform. */
  readonly zones: readonly Zone[]
  /** What holds today without the request. */
  readonly grants: readonly Grant[]
  /** Swept where all are; absent: every port. */
  readonly ports?: PortSet
  /** Turns the request's grant into a wrong one: for the test that proves that it is noticed. */
  readonly fault?: (grant: Grant) => Grant
  /** Turns the ruleset with the request into a wrong one, likewise. */
  readonly spoil?: (ruleset: string) => string
  /** Breaks the harness itself, likewise. */
  readonly faults?: FaultInjection
}

/** Rulesets of more projects than this are compiled for those in the lab only. */
const MOST_PROJECTS = 200

export async function measure(request: Request, options: MeasureOptions): Promise<Measured> {
  const began = performance.now()
  try {
    const experiment = planExperiment(request, options)
    const rulesets = rulesetsOf(experiment, options)
    const families = [...new Set(experiment.trials.map(({ sweep }) => sweep.family))]
    const found = await measureAll(
      families.map((family) => ({ experiment, rulesets, family })),
      options,
    )
    const beyond = beyondProject(request.project, experiment, rulesets)
    return {
      ...combined(found, beyond),
      ...told(experiment, rulesets, options),
      ...since(began),
    }
  } catch (error) {
    if (!(error instanceof NotMeasurable)) throw error
    return { verdict: 'not measured', wanted: true, reason: error.message }
  }
}

interface Rulesets {
  readonly today: string
  readonly asked: string
  /** Projects that they bind. */
  readonly projects: number
  /** Commands that make the one into the other; undefined where it is another one as a whole. */
  readonly commands: readonly string[] | undefined
}

function rulesetsOf(experiment: Experiment, options: MeasureOptions): Rulesets {
  const { policy, zones, fault = (grant) => grant, spoil = (text) => text } = options
  const all = zones.filter(({ kind }) => kind === 'project')
  const projects =
    all.length > MOST_PROJECTS ? experiment.zones.filter(({ kind }) => kind === 'project') : all
  const names = new Set(projects.map(({ name }) => name))
  const today = experiment.today.filter(({ project }) => names.has(project))
  const [before, after] = [today, [...today, fault(experiment.asked)]].map((grants) =>
    tableOf(policy, projects, grants),
  ) as [Table, Table]
  const { commands, whole } = difference(before, after)
  return {
    today: render(before),
    asked: spoil(render(after)),
    projects: projects.length,
    commands: whole === undefined ? commands : undefined,
  }
}

/** Commands that name neither the project's link nor a chain of its own. */
function beyondProject(name: string, { zones }: Experiment, { commands }: Rulesets): string[] {
  if (!commands) return ['the whole ruleset is another one']
  const link = zones.find((zone) => zone.name === name)!.link
  const isOwn = (command: string): boolean =>
    command.includes(`{ "${link}" . `) ||
    OWN_CHAINS.some((chain) => command.includes(` ${chain}${name}`))
  return commands.filter((command) => !isOwn(command))
}

/** Chains of one project's grants are called so, and then by its name. */
const OWN_CHAINS = ['grants_tcp_', 'grants_udp_', 'replies_tcp_', 'replies_udp_']

interface FamilyWork {
  readonly experiment: Experiment
  readonly rulesets: Rulesets
  readonly family: Family
}

interface FamilyFound {
  readonly rows: readonly MeasuredRow[]
  readonly problems: readonly string[]
  readonly controls: number
  readonly probes: number
}

/** A family that cannot be measured stops no other one. Throws its failure where none can be. */
async function measureAll(
  works: readonly FamilyWork[],
  options: MeasureOptions,
): Promise<FamilyFound[]> {
  const settled = await Promise.allSettled(works.map((work) => measureFamily(work, options)))
  const failed = settled.filter((one) => one.status === 'rejected')
  if (failed.length === settled.length && failed[0]) throw failed[0].reason
  return settled.map((one, i) =>
    one.status === 'fulfilled' ? one.value : unmeasured(works[i]!.family, one.reason),
  )
}

function unmeasured(family: Family, error: unknown): FamilyFound {
  const one = notMeasured(error, family)
  return { rows: [], problems: [`${notMeasuredWords(one)}: ${one.reason}`], controls: 0, probes: 0 }
}

async function measureFamily(
  work: FamilyWork,
  { sandbox, faults }: MeasureOptions,
): Promise<FamilyFound> {
  const { experiment, rulesets, family } = work
  const trials = experiment.trials.filter(({ sweep }) => sweep.family === family)
  const lab = await sandbox.openLab({ family, zones: experiment.zones }, faults)
  const controls = await controlsOf(lab, trials)
  const failed = controls.filter(({ passed }) => !passed)
  if (failed.length > 0) {
    const problems = failed.map(({ reason }) => `IPv${family}: a control failed: ${reason}`)
    return { rows: [], problems, controls: controls.length, probes: 0 }
  }
  await lab.load(`${rulesets.today}${REMOVE_DROP_ALL}`)
  const before = await sweepAll(lab, trials)
  await lab.load(rulesets.asked)
  const after = await sweepAll(lab, trials)
  const rows: MeasuredRow[] = []
  for (const [i, trial] of trials.entries())
    rows.push(await withEvidence(lab, trial.sweep, rowOf(trial, before[i]!, after[i]!)))
  lab.close().catch(() => {})
  const probes = [...before, ...after].reduce((sum, report) => sum + report.probes, 0)
  return { rows, problems: [], controls: controls.length, probes }
}

async function controlsOf(lab: Lab, trials: readonly Trial[]) {
  const sweeps = distinctPaths(trials.map(({ sweep }) => sweep))
  const open = await control(lab, sweeps, 'none')
  await lab.load(DROP_ALL)
  const dropped = await control(lab, sweeps, 'drop-all')
  return [...open, ...dropped].map(({ result }) => result)
}

async function sweepAll(lab: Lab, trials: readonly Trial[]): Promise<SweepReport[]> {
  const reports: SweepReport[] = []
  for (const { sweep } of trials) reports.push(await sweepOne(lab, sweep))
  return reports
}

function sweepOne(lab: Lab, sweep: PlannedSweep): Promise<SweepReport> {
  const { plan, numbers } = sweep
  return lab.sweep({ ...pathOf(sweep), numbers: numbers.ranges, answer: plan.answer })
}

/** Numbers of a row that are traced. */
const TRACED = 3

/** Asks the kernel for the rules that decided, where a row is not as it was to be. */
async function withEvidence(lab: Lab, sweep: PlannedSweep, row: MeasuredRow): Promise<MeasuredRow> {
  const { ranges } = wrongIn(row, row.expected)
  if (ranges.length === 0) return row
  const numbers = ranges.slice(0, TRACED).map(({ from }) => from)
  const traces = await lab.trace({ ...pathOf(sweep), numbers })
  const evidence = traces.map(({ number, probe, steps }) => ({ number, probe, trace: steps }))
  return { ...row, evidence }
}

function rowOf(trial: Trial, before: SweepReport, after: SweepReport): MeasuredRow {
  const { sweep, protocol, where, extent, expected } = trial
  const difference = differenceOf(before.observed, after.observed)
  return {
    from: sweep.plan.from,
    family: sweep.family,
    protocol,
    target: sweep.target,
    where,
    ...(sweep.plan.as ? { as: sweep.plan.as.label } : {}),
    extent,
    numbers: sweep.numbers.size,
    ...difference,
    expected,
    verdict: trialVerdictOf(difference, expected),
    evidence: [],
  }
}

function combined(found: readonly FamilyFound[], beyond: readonly string[]) {
  const rows = found.flatMap((family) => family.rows)
  const problems = found.flatMap((family) => family.problems)
  return {
    verdict: trialVerdictOfAll(rows, problems, beyond),
    beyond,
    rows: worstFirst(rows),
    problems,
    controls: found.reduce((sum, { controls }) => sum + controls, 0),
    probes: found.reduce((sum, { probes }) => sum + probes, 0),
  }
}

function told({ standIns, left }: Experiment, rulesets: Rulesets, { zones }: MeasureOptions) {
  const all = zones.filter(({ kind }) => kind === 'project').length
  return { standIns, left, projects: { compiled: rulesets.projects, all } }
}

const since = (began: number) => ({ totalMs: performance.now() - began })
