/** Scenario → result. Only here do policy, ruleset, lab and comparison meet. */
import { availableParallelism } from 'node:os'
import { statusOfRun } from '../../src/compare/policy.ts'
import type { Result } from '../../src/result/result.ts'
import { RESULT_VERSION } from '../../src/result/version.ts'
import { versions } from '../output/versions.ts'
import { Labs } from '../sandbox/pool.ts'
import { filesRead } from '../system/files-read.ts'
import { Limit } from '../system/limit.ts'
import type { RunContext } from './context.ts'
import { partIn, type Ready, type Run, type RunEvent, type RunOptions } from './contract.ts'
import { checkFirewalls, type FirewallToCheck } from './firewall-check.ts'
import { type Done, proveScenario, unmeasured } from './scenario.ts'

export const run: Run = async (options, onEvent) => {
  const startedAt = new Date()
  const began = performance.now()
  // While the sandbox starts.
  const own = versions()
  const done = await runScenarios(options, onEvent)
  const scenarios = done.map(({ result }) => result)
  const order = done.map((one) => one.order)
  return {
    format: 'nftproof-result',
    version: RESULT_VERSION,
    id: '',
    // Nothing fell to this shard, of which nothing is wrong or unknown.
    status: options.shard && scenarios.length === 0 ? 'conforms' : statusOfRun(scenarios),
    interrupted: options.signal.aborted,
    versions: { ...own, ...nftIn(options) },
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
    await checkFirewalls(sandbox, givenIn(options), 'leave')
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
