/** Scenario → result: the one place where policy, ruleset, lab and comparison meet. */
import { availableParallelism } from 'node:os'
import { statusOfRun, statusOfScenario } from '../../src/compare/policy.ts'
import { planSweeps } from '../../src/plan/egress.ts'
import { arrange, type FamilyFindings, noFindings } from '../../src/plan/findings.ts'
import { orderOf, orderOfResult } from '../../src/plan/order.ts'
import { projectsOf } from '../../src/platform/platform.ts'
import { remarked } from '../../src/result/remarks.ts'
import type { OrderResult, Result, ScenarioResult, Status } from '../../src/result/result.ts'
import { judgeUntested } from '../../src/result/untested.ts'
import { compile } from '../../src/ruleset/compile.ts'
import { shareOf } from '../../src/shard/parts.ts'
import type { Loaded } from '../input/load.ts'
import type { PreparedScenario } from '../input/prepare-zones.ts'
import { versions } from '../output/versions.ts'
import { hasOwnRules } from '../provider/open-lab.ts'
import { Labs } from '../sandbox/pool.ts'
import { filesRead } from '../system/files-read.ts'
import { Limit } from '../system/limit.ts'
import { sha256 } from '../system/sha256.ts'
import type { RunContext } from './context.ts'
import {
  type Failed,
  partIn,
  type Ready,
  type Run,
  type RunEvent,
  type RunOptions,
} from './contract.ts'
import type { FamilyWork } from './egress-context.ts'
import { sweepFamily } from './egress-family.ts'
import { checkFirewalls, type FirewallToCheck } from './firewall-check.ts'
import { measured } from './measured.ts'
import { notMeasured } from './not-measured.ts'

export const run: Run = async (options, onEvent) => {
  const startedAt = new Date()
  const began = performance.now()
  const done = await runScenarios(options, onEvent)
  const scenarios = done.map(({ result }) => result)
  const order = done.map((one) => one.order)
  return {
    format: 'nftproof-result',
    version: 1,
    id: '',
    // Nothing fell to this shard, of which nothing is wrong or unknown.
    status: options.shard && scenarios.length === 0 ? 'conforms' : statusOfRun(scenarios),
    interrupted: options.signal.aborted,
    versions: { ...versions(), ...nftIn(options) },
    machine: { cores: availableParallelism(), sandbox: options.rootless ? 'rootless' : 'root' },
    scenarios,
    tested: filesRead(),
    ...(options.shard ? { shard: { ...options.shard.result, order } } : {}),
    timing: { startedAt: startedAt.toISOString(), totalMs: performance.now() - began },
  } satisfies Result
}

/** The nft that loads the rulesets, where they are loaded in containers. */
function nftIn({ providers }: RunOptions): { nft?: string } {
  const found = new Set([...(providers?.values() ?? [])].flatMap(({ nft }) => nft ?? []))
  return found.size === 0 ? {} : { nft: [...found].join(', ') }
}

interface Done {
  readonly result: ScenarioResult
  readonly order: OrderResult
}

async function runScenarios(
  options: RunOptions,
  onEvent: (event: RunEvent) => void,
): Promise<Done[]> {
  const { rootless, jobs, sandbox: first } = options
  // Only the first sandbox can reach namespaces outside.
  const mostLinks = options.providers ? Number.POSITIVE_INFINITY : undefined
  const sandbox = new Labs({ rootless, workers: jobs }, first, mostLinks)
  const stop = (): void => void sandbox.close()
  options.signal.addEventListener('abort', stop)
  try {
    await sandbox.ready()
    await checkFirewalls(sandbox, givenIn(options))
    const atOnce = isTakingTurns(options) ? 1 : jobs
    const context = { options, onEvent, sandbox, limit: new Limit(atOnce) }
    const begun = new Limit(jobs + AHEAD)
    return await Promise.all(
      options.loaded.map((loaded) => begun.run(() => runScenario(context, loaded))),
    )
  } finally {
    options.signal.removeEventListener('abort', stop)
    await sandbox.close()
  }
}

/** Firewalls that this run loads and did not compile itself. */
function givenIn({ loaded, ruleset, providers }: RunOptions): FirewallToCheck[] {
  return loaded.flatMap((one) => {
    if ('failure' in one) return []
    if ('firewall' in one) return [{ firewall: one.firewall, zones: one.lab.plan.zones }]
    if (!ruleset || providers?.has(one.scenario.id)) return []
    const firewall = { origin: ruleset.origin, parts: [partIn(ruleset)] }
    return [{ firewall, zones: one.scenario.zones }]
  })
}

/** Labs in somebody's namespace must not be there at once. */
const isTakingTurns = ({ providers }: RunOptions): boolean =>
  [...(providers?.values() ?? [])].some(({ oneAtATime }) => oneAtATime)

/** Scenarios whose rulesets are compiled before a lab is free; for all others there is only their text. */
const AHEAD = 1

/** One that cannot be measured stops no other one. */
async function runScenario(context: RunContext, loaded: Ready): Promise<Done> {
  if ('failure' in loaded) return unmeasured(context, loaded)
  try {
    return await proveScenario(context, loaded)
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error))
    return unmeasured(context, { ...loaded, failure })
  }
}

function unmeasured({ onEvent }: RunContext, loaded: Failed): Done {
  const { scenario, policy, policySha256, at, failure } = loaded
  const result: ScenarioResult = {
    id: scenario.id,
    title: scenario.title,
    requirement: scenario.requirement,
    source: scenario.source,
    policy: { id: policy.id, file: policy.file, sha256: policySha256 },
    at,
    grants: [],
    revoked: [],
    ruleset: { origin: policy.file, text: '', sha256: sha256('') },
    status: 'unknown',
    ...NOTHING,
    notMeasured: [notMeasured(failure)],
    timing: { startedAt: new Date().toISOString(), totalMs: 0 },
  }
  onEvent({ kind: 'done', result })
  return { result, order: { scenario: result.id, ...orderOfResult(result) } }
}

const NOTHING = {
  controls: [],
  tables: [],
  sourcePorts: [],
  handshakes: [],
  flows: [],
  problems: [],
}

async function proveScenario(
  context: RunContext,
  loaded: Loaded | PreparedScenario,
): Promise<Done> {
  if ('firewall' in loaded) {
    const { runZones } = await import('./zones.ts')
    const result = await runZones(context, loaded)
    return { result, order: { scenario: result.id, ...orderOfResult(result) } }
  }
  const { options, onEvent } = context
  const { scenario, policy, policySha256 } = loaded
  const planned = planSweeps(loaded, options)
  const sweeps = options.shard ? shareOf(loaded, planned, options.shard.share) : planned
  const given = rulesetOf(options, loaded)
  onEvent({ kind: 'started', scenario: scenario.id, sweeps: sweeps.length })
  const startedAt = new Date()
  const began = performance.now()
  const work = { loaded, sweeps, order: orderOf(planned), ruleset: given.text }
  const findings = await sweepFamilies(context, work)
  const { facts: arranged, order } = arrange(findings, work.order)
  const { untested } = judgeUntested(
    findings.flatMap((one) => one.untested),
    scenario.untested,
  )
  const facts = { ...arranged, ...(untested.length > 0 ? { untested } : {}) }
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
    ...remarked(findings.flatMap(({ remarks }) => remarks)),
    timing: { startedAt: startedAt.toISOString(), totalMs: performance.now() - began },
  }
  onEvent({ kind: 'done', result })
  return { result, order: { scenario: scenario.id, ...order } }
}

function rulesetOf({ ruleset, providers }: RunOptions, { scenario, policy, grants }: Loaded) {
  const provider = providers?.get(scenario.id)
  if (hasOwnRules(provider)) return { origin: provider!.name, text: '' }
  const loaded = ruleset
    ? { origin: ruleset.origin, text: ruleset.text }
    : {
        origin: policy.file,
        text: compile(policy, projectsOf(scenario), grants),
      }
  return provider ? { ...loaded, origin: `${loaded.origin}, loaded in ${provider.name}` } : loaded
}

/** What a firewall that was there already had, by the first lab that got to see it. */
function rulesThere(findings: readonly FamilyFindings[]): { text?: string } {
  const text = findings.find(({ ruleset }) => ruleset !== undefined)?.ruleset
  return text === undefined ? {} : { text }
}

/** One lab for each family, side by side where there are slots. */
function sweepFamilies(
  context: RunContext,
  work: Pick<FamilyWork, 'loaded' | 'sweeps' | 'order' | 'ruleset'>,
): Promise<FamilyFindings[]> {
  const families = [...new Set(work.sweeps.map((sweep) => sweep.family))]
  return Promise.all(
    families.map(async (family) => {
      const sweeps = work.sweeps.filter((sweep) => sweep.family === family)
      const isHoused = context.options.providers?.has(work.loaded.scenario.id) ?? false
      return context.limit.run(() =>
        measured(
          context,
          () => noFindings(family),
          isHoused,
          (findings) => sweepFamily({ ...context, ...work, family, sweeps, findings }),
        ),
      )
    }),
  )
}
