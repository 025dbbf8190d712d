/** Scenario → result: the one place where policy, ruleset, lab and comparison meet. */
import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { statusOfRun, statusOfScenario } from '../src/compare.ts'
import type { Family } from '../src/flow.ts'
import { type PlannedSweep, planSweeps } from '../src/plan.ts'
import { projectsOf } from '../src/platform.ts'
import type { Result, ScenarioResult, Status } from '../src/result.ts'
import { compile } from '../src/ruleset/compile.ts'
import { hasOwnRules } from './provider/lab.ts'
import type { Loaded } from './read.ts'
import type { Run, RunEvent, RunOptions } from './run-contract.ts'
import { Sandbox } from './sandbox/sandbox.ts'
import { Slots } from './slots.ts'
import { type FamilyFindings, noFindings, sweepFamily } from './sweep-family.ts'
import { versions } from './versions.ts'

export const run: Run = async (options, onEvent) => {
  const startedAt = new Date()
  const began = performance.now()
  const known = versions()
  known.catch(() => {}) // awaited below, after whatever else may fail first
  const scenarios = await runScenarios(options, onEvent)
  return {
    format: 'nftproof-result',
    version: 1,
    id: '',
    status: statusOfRun(scenarios),
    interrupted: options.signal.aborted,
    versions: await known,
    machine: { cores: availableParallelism(), sandbox: options.rootless ? 'rootless' : 'root' },
    scenarios,
    timing: { startedAt: startedAt.toISOString(), totalMs: performance.now() - began },
  } satisfies Result
}

async function runScenarios(
  options: RunOptions,
  onEvent: (event: RunEvent) => void,
): Promise<ScenarioResult[]> {
  const sandbox =
    options.sandbox ?? new Sandbox({ rootless: options.rootless, workers: options.jobs })
  const stop = (): void => void sandbox.close()
  options.signal.addEventListener('abort', stop)
  try {
    await sandbox.ready()
    const slots = new Slots(options.housing?.oneAtATime ? 1 : options.jobs)
    return await Promise.all(
      options.loaded.map((loaded) => runScenario({ options, onEvent, sandbox, slots }, loaded)),
    )
  } finally {
    options.signal.removeEventListener('abort', stop)
    await sandbox.close()
  }
}

/** What every part of a run needs. */
export interface RunContext {
  readonly options: RunOptions
  readonly onEvent: (event: RunEvent) => void
  readonly sandbox: Sandbox
  readonly slots: Slots
}

async function runScenario(context: RunContext, loaded: Loaded): Promise<ScenarioResult> {
  const { options, onEvent } = context
  const { scenario, policy, policySha256 } = loaded
  const sweeps = planSweeps(loaded, options)
  const given = rulesetOf(options, loaded)
  onEvent({ kind: 'started', scenario: scenario.id, sweeps: sweeps.length })
  const startedAt = new Date()
  const began = performance.now()
  const findings = await sweepFamilies(context, loaded, sweeps, given.text)
  const facts = inOrder(sweeps, findings)
  const ruleset = { ...given, ...rulesThere(findings) }
  const result: ScenarioResult = {
    id: scenario.id,
    title: scenario.title,
    requirement: scenario.requirement,
    source: scenario.source,
    policy: { id: policy.id, file: policy.file, sha256: policySha256 },
    at: loaded.at,
    grants: loaded.grants.map(({ request, project, until }) => ({
      request,
      project,
      ...(until === undefined ? {} : { until }),
    })),
    revoked: scenario.revoke,
    ruleset: { ...ruleset, sha256: sha256(ruleset.text) },
    status: statusOfScenario(facts) satisfies Status,
    ...facts,
    timing: { startedAt: startedAt.toISOString(), totalMs: performance.now() - began },
  }
  onEvent({ kind: 'done', result })
  return result
}

function rulesetOf({ ruleset, housing }: RunOptions, { scenario, policy, grants }: Loaded) {
  if (hasOwnRules(housing)) return { origin: housing!.name, text: '' }
  const loaded = ruleset ?? {
    origin: policy.file,
    text: compile(policy, projectsOf(scenario), grants),
  }
  return housing ? { ...loaded, origin: `${loaded.origin}, loaded in ${housing.name}` } : loaded
}

/** What a firewall that was there already had, by the first lab that got to see it. */
function rulesThere(findings: readonly FamilyFindings[]): { text?: string } {
  const text = findings.find(({ ruleset }) => ruleset !== undefined)?.ruleset
  return text === undefined ? {} : { text }
}

/** One lab for each family, side by side where there are slots. */
function sweepFamilies(
  context: RunContext,
  loaded: Loaded,
  sweeps: readonly PlannedSweep[],
  ruleset: string,
): Promise<FamilyFindings[]> {
  const families = [...new Set(sweeps.map((sweep) => sweep.family))]
  return Promise.all(
    families.map(async (family) => {
      const own = sweeps.filter((sweep) => sweep.family === family)
      return context.slots.run(() =>
        interruptible(context, family, (findings) =>
          sweepFamily({ ...context, loaded, ruleset, family, sweeps: own, findings }),
        ),
      )
    }),
  )
}

/** An interruption ends the lab in the middle of something: what was found by then is kept. */
async function interruptible(
  { options }: RunContext,
  family: Family,
  work: (findings: FamilyFindings) => Promise<void>,
): Promise<FamilyFindings> {
  const findings = noFindings()
  try {
    if (!options.signal.aborted) await work(findings)
  } catch (error) {
    if (!options.signal.aborted) throw error
  }
  if (options.signal.aborted) findings.problems.push(`IPv${family}: interrupted before it was done`)
  return findings
}

/** Tables in the order of the plan, whichever lab was ready first. */
function inOrder(sweeps: readonly PlannedSweep[], findings: readonly FamilyFindings[]) {
  const tables = new Map(findings.flatMap((f) => [...f.tables]))
  const handshakes = new Map(findings.flatMap((f) => [...f.handshakes]))
  return {
    controls: findings.flatMap((f) => f.controls),
    tables: sweeps.flatMap((sweep) => tables.get(sweep) ?? []),
    sourcePorts: findings.flatMap((f) => f.sourcePorts),
    handshakes: sweeps.flatMap((sweep) => handshakes.get(sweep) ?? []),
    flows: findings.flatMap((f) => f.flows),
    problems: findings.flatMap((f) => f.problems),
  }
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
