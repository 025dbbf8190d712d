/** Runs scenarios inside a test, and says what came out wrong in the words of the fault table. */

import type { FaultInjection } from '../../harness/contract/lab.ts'
import { isLoadedFirewallScenario, type Loaded, loadScenarios } from '../../harness/input/load.ts'
import { type PreparedScenario, prepare } from '../../harness/input/prepare-zones.ts'
import type { RunOptions } from '../../harness/pipeline/contract.ts'
import { run } from '../../harness/pipeline/run.ts'
import { mustBeRootless } from '../../harness/sandbox/sandbox.ts'
import { PortSet, type Range } from '../../src/net/port-set.ts'
import { PROTOCOLS } from '../../src/net/protocol.ts'
import type { Result, TableResult } from '../../src/result/result.ts'
import { keptSandbox } from './kept-sandbox.ts'

export const SCENARIOS = new URL('../../scenarios', import.meta.url).pathname

/**
 * Every ICMP type and every IP protocol; ports at both sides of every edge of the shipped egress
 * policies, and both ends.
 */
export const EDGES = {
  protocols: PROTOCOLS,
  ports: PortSet.parse('0-255,442-444,1023-1026,65534-65535'),
}

/** Those of which a ruleset is compiled. */
export function load(...ids: readonly string[]): Loaded[] {
  return loadScenarios(SCENARIOS, ids).flatMap((one) =>
    isLoadedFirewallScenario(one) ? [] : [one],
  )
}

/** Every shipped scenario, of either kind, ready to be run. */
export function loadAll(): Promise<(Loaded | PreparedScenario)[]> {
  const all = loadScenarios(SCENARIOS, [])
  return Promise.all(all.map((one) => (isLoadedFirewallScenario(one) ? prepare(one) : one)))
}

/** What breaks or ends a sandbox, or needs one of its own. */
const OWN_SANDBOX = ['sandbox', 'signal', 'faults', 'providers', 'rootless', 'jobs'] as const

/** A run with the sandbox that the present user can have. */
export async function runHere(
  options: Partial<RunOptions> & Pick<RunOptions, 'loaded'>,
): Promise<Result> {
  const { signal } = new AbortController()
  const needsOwn = OWN_SANDBOX.some((name) => options[name] !== undefined)
  const sandbox = needsOwn ? {} : { sandbox: await keptSandbox() }
  const usual = { jobs: 2, rootless: mustBeRootless(), signal }
  return run({ ...usual, ...sandbox, ...options }, () => {})
}

export function runWith(id: string, text: string, faults?: FaultInjection): Promise<Result> {
  return runHere({ loaded: load(id), ruleset: { origin: 'test', text }, faults })
}

/** Wrong numbers and what was seen of them, by `ipv4 tcp`. */
export function wrongIn(
  tables: readonly TableResult[],
): Record<string, { numbers: string; seen: string }> {
  const found: Record<string, { numbers: string; seen: string }> = {}
  for (const table of tables) {
    const wrong = table.rows.filter((row) => row.verdict !== 'conforms')
    if (wrong.length === 0) continue
    const key = `ipv${table.family} ${table.protocol}`
    const numbers = PortSet.of(...wrong.map(({ from, to }): Range => ({ from, to })))
    const before = found[key]
    found[key] = {
      numbers: (before ? PortSet.parse(before.numbers).union(numbers) : numbers).toString(),
      seen: [
        ...new Set([...(before ? [before.seen] : []), ...wrong.map((row) => row.observed.kind)]),
      ].join(', '),
    }
  }
  return found
}
