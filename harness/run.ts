/** Scenario → result: the one place where policy, ruleset, lab and comparison meet. */
import { createHash } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { statusOfRun, statusOfScenario } from '../src/compare.ts'
import { arrange, type FamilyFindings, noFindings } from '../src/findings.ts'
import type { Family } from '../src/flow.ts'
import { planSweeps } from '../src/plan.ts'
import { projectsOf } from '../src/platform.ts'
import type { PlacesResult, Result, ScenarioResult, Status } from '../src/result.ts'
import { compile } from '../src/ruleset/compile.ts'
import { shareOf } from '../src/shard/parts.ts'
import { placesInOrder, placesOf } from '../src/shard/places.ts'
import { checkFirewalls, type Given } from './firewall-check.ts'
import { hasOwnRules } from './provider/lab.ts'
import type { Loaded } from './read.ts'
import { partIn, type Run, type RunEvent, type RunOptions } from './run-contract.ts'
import { Labs } from './sandbox/labs.ts'
import { Slots } from './slots.ts'
import { type FamilyWork, sweepFamily } from './sweep-family.ts'
import type { Verification } from './verify/prepare.ts'
import { versions } from './versions.ts'

export const run: Run = async (options, onEvent) => {
  const startedAt = new Date()
  const began = performance.now()
  const known = versions()
  known.catch(() => {}) // awaited below, after whatever else may fail first
  const done = await runScenarios(options, onEvent)
  const scenarios = done.map(({ result }) => result)
  const places = done.map((one) => one.places)
  return {
    format: 'nftproof-result',
    version: 1,
    id: '',
    // Nothing fell to this shard, of which nothing is wrong or unknown.
    status: options.shard && scenarios.length === 0 ? 'conforms' : statusOfRun(scenarios),
    interrupted: options.signal.aborted,
    versions: { ...(await known), ...nftIn(options) },
    machine: { cores: availableParallelism(), sandbox: options.rootless ? 'rootless' : 'root' },
    scenarios,
    ...(options.shard ? { shard: { ...options.shard.result, places } } : {}),
    timing: { startedAt: startedAt.toISOString(), totalMs: performance.now() - began },
  } satisfies Result
}

/** The nft that loads the rulesets, where they are loaded in containers. */
function nftIn({ housings }: RunOptions): { nft?: string } {
  const found = new Set([...(housings?.values() ?? [])].flatMap(({ nft }) => nft ?? []))
  return found.size === 0 ? {} : { nft: [...found].join(', ') }
}

interface Done {
  readonly result: ScenarioResult
  readonly places: PlacesResult
}

async function runScenarios(
  options: RunOptions,
  onEvent: (event: RunEvent) => void,
): Promise<Done[]> {
  const { rootless, jobs, sandbox: first } = options
  // Only the first sandbox can reach namespaces outside.
  const mostLinks = options.housings ? Number.POSITIVE_INFINITY : undefined
  const sandbox = new Labs({ rootless, workers: jobs }, first, mostLinks)
  const stop = (): void => void sandbox.close()
  options.signal.addEventListener('abort', stop)
  try {
    await sandbox.ready()
    await checkFirewalls(sandbox, givenIn(options))
    const atOnce = isTakingTurns(options) ? 1 : jobs
    const context = { options, onEvent, sandbox, slots: new Slots(atOnce) }
    const begun = new Slots(jobs + AHEAD)
    return await Promise.all(
      options.loaded.map((loaded) => begun.run(() => runScenario(context, loaded))),
    )
  } finally {
    options.signal.removeEventListener('abort', stop)
    await sandbox.close()
  }
}

/** Firewalls that this run loads and did not compile itself. */
function givenIn({ loaded, ruleset, housings }: RunOptions): Given[] {
  return loaded.flatMap((one) => {
    if ('firewall' in one) return [{ firewall: one.firewall, zones: one.lab.plan.zones }]
    if (!ruleset || housings?.has(one.scenario.id)) return []
    const firewall = { origin: ruleset.origin, parts: [partIn(ruleset)] }
    return [{ firewall, zones: one.scenario.zones }]
  })
}

/** Labs in somebody's namespace must not be there at once. */
const isTakingTurns = ({ housings }: RunOptions): boolean =>
  [...(housings?.values() ?? [])].some(({ oneAtATime }) => oneAtATime)

/** Scenarios whose rulesets are compiled before a lab is free; for all others there is only their text. */
const AHEAD = 1

/** What every part of a run needs. */
export interface RunContext {
  readonly options: RunOptions
  readonly onEvent: (event: RunEvent) => void
  readonly sandbox: Labs
  readonly slots: Slots
}

async function runScenario(context: RunContext, loaded: Loaded | Verification): Promise<Done> {
  if ('firewall' in loaded) {
    const { verify } = await import('./verify/run.ts')
    const result = await verify(context, loaded)
    return { result, places: { scenario: result.id, ...placesInOrder(result) } }
  }
  const { options, onEvent } = context
  if (!options.signal.aborted) context.sandbox.mustBeOpen()
  const { scenario, policy, policySha256 } = loaded
  const planned = planSweeps(loaded, options)
  const sweeps = options.shard ? shareOf(loaded, planned, options.shard.share) : planned
  const given = rulesetOf(options, loaded)
  onEvent({ kind: 'started', scenario: scenario.id, sweeps: sweeps.length })
  const startedAt = new Date()
  const began = performance.now()
  const work = { loaded, sweeps, places: placesOf(planned), ruleset: given.text }
  const findings = await sweepFamilies(context, work)
  const { facts, places } = arrange(findings, work.places)
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
  return { result, places: { scenario: scenario.id, ...places } }
}

function rulesetOf({ ruleset, housings }: RunOptions, { scenario, policy, grants }: Loaded) {
  const housing = housings?.get(scenario.id)
  if (hasOwnRules(housing)) return { origin: housing!.name, text: '' }
  const loaded = ruleset
    ? { origin: ruleset.origin, text: ruleset.text }
    : {
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
  work: Pick<FamilyWork, 'loaded' | 'sweeps' | 'places' | 'ruleset'>,
): Promise<FamilyFindings[]> {
  const families = [...new Set(work.sweeps.map((sweep) => sweep.family))]
  return Promise.all(
    families.map(async (family) => {
      const sweeps = work.sweeps.filter((sweep) => sweep.family === family)
      return context.slots.run(() =>
        interruptible(context, family, (findings) =>
          sweepFamily({ ...context, ...work, family, sweeps, findings }),
        ),
      )
    }),
  )
}

/** An interruption ends the lab in the middle of something: what was found by then is kept. */
async function interruptible(
  context: RunContext,
  family: Family,
  work: (findings: FamilyFindings) => Promise<void>,
): Promise<FamilyFindings> {
  const findings = noFindings(family)
  await untilInterrupted(context, family, findings.problems, () => work(findings))
  return findings
}

/** What ends in the middle of something because of an interruption is no failure, but a problem. */
export async function untilInterrupted(
  { options }: RunContext,
  family: Family,
  problems: string[],
  work: () => Promise<void>,
): Promise<void> {
  try {
    if (!options.signal.aborted) await work()
  } catch (error) {
    if (!options.signal.aborted) throw error
  }
  if (options.signal.aborted) problems.push(`IPv${family}: interrupted before it was done`)
}

export function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
