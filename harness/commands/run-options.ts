/** The input of `nftproof run`: scenarios, firewalls, selection, shard and replay command. */
import { suggestion } from '../../src/input/suggestion.ts'
import { FIREWALL } from '../../src/lab/lab.ts'
import { counted } from '../../src/net/text.ts'
import { planSweeps } from '../../src/plan/egress.ts'
import type { Selection } from '../../src/plan/planned-sweep.ts'
import { sizesAsked } from '../../src/plan/zones.ts'
import { shardWords } from '../../src/result/shard.ts'
import type { FoundShard } from '../../src/shard/environment.ts'
import { problemsOfRuleset } from '../input/egress-links.ts'
import type { AnyLoaded, Loaded, LoadedFirewallScenario } from '../input/load.ts'
import { isLoadedFirewallScenario, type ScenariosRead } from '../input/load.ts'
import {
  checkFaulty,
  type Otherwise,
  type PreparedScenario,
  prepare,
  subjectOf,
} from '../input/prepare-zones.ts'
import type { Named } from '../input/target-flags.ts'
import { warn } from '../output/console.ts'
import { warnOf } from '../output/problem-messages.ts'
import type { Failed, GivenRuleset, Ready, RunOptions } from '../pipeline/contract.ts'
import type { Started } from '../sandbox/start.ts'
import { EnvironmentError, InputError } from '../system/errors.ts'
import { FaultyFiles } from '../system/faulty-files.ts'
import { runToRepeat } from './replay.ts'
import type { RunFlags } from './run-flags.ts'
import { planShard, timesFor } from './shard.ts'

export type Prepared = Omit<RunOptions, 'signal'>
export type Unstarted = Omit<Prepared, keyof Started>

export async function optionsOf(
  flags: RunFlags,
  read: ScenariosRead,
  named: Named | undefined,
): Promise<Unstarted> {
  const { from, to, ports, family: families, protocol: protocols } = flags
  const selection = { from, to, ports, families, protocols }
  const ready = await prepared(read, flags, named)
  const groups = Map.groupBy(ready, (one) => isProbed(one, selection))
  const [some, none] = [groups.get(true) ?? [], groups.get(false) ?? []]
  if (some.length === 0)
    throw new InputError(
      unknownName(ready, [...(from ?? []), ...(to ?? [])]) ??
        `${SELECTING} exclude everything in these scenarios`,
    )
  if (none.length > 0)
    warn(
      `not run, because ${SELECTING} exclude everything there: ${none.map(({ scenario }) => scenario.id).join(', ')}`,
    )
  const compiled = some.filter(
    (one): one is Loaded =>
      !('firewall' in one || 'failure' in one) && !isLoadedFirewallScenario(one),
  )
  const given =
    flags.ruleset === undefined || compiled.length === 0
      ? undefined
      : await rulesetFile(flags.ruleset)
  const strange = given ? problemsOfRuleset(compiled, given) : []
  if (strange.length > 0) throw new FaultyFiles(strange)
  return {
    loaded: some,
    ...selection,
    sourcePort: flags.sourcePort,
    ruleset: given,
    replay: runToRepeat(flags),
  }
}

/** Prints the shard's share, because the environment may have selected it. */
export async function shardOf(
  found: FoundShard,
  options: Unstarted,
  flags: RunFlags,
): Promise<Unstarted> {
  const { from, to, ports, families, protocols } = options
  const times = await timesFor(flags)
  const selection = { from, to, ports, families, protocols }
  const shard = planShard(found.shard, { ...options, selection }, times)
  const loaded = options.loaded.filter(({ scenario }) => shard.share.has(scenario.id))
  const { parts, plan } = shard.result
  warn(
    `${shardWords(found.shard)}, by ${found.words}: ${counted(parts.length, 'part')} of ${plan.parts}, in ${loaded.length} of ${counted(options.loaded.length, 'scenario')}; split by ${times.words}`,
  )
  return { ...options, loaded, shard }
}

const SELECTING = '--from, --to, --ports, --family and --protocol'

/**
 * Firewalls are read before any measurement, and the errors of all files are reported together.
 * What this machine cannot read fails alone.
 */
async function prepared(
  { loaded, faulty, faults }: ScenariosRead,
  { ruleset }: RunFlags,
  named: Named | undefined,
): Promise<Ready[]> {
  const claims = loaded.filter(isLoadedFirewallScenario)
  if (claims.length + faulty.length === 0) {
    faults.finish()
    return loaded as readonly Loaded[] as Ready[]
  }
  const { readFirewall } = await import('../input/firewall.ts')
  const instead =
    ruleset === undefined
      ? undefined
      : await faults.attemptLater(() => readFirewall(ruleset, { command: 'run' }))
  const isLost = ruleset !== undefined && !instead
  const ready = new Map<AnyLoaded, Ready>()
  for (const one of isLost ? [] : claims) {
    const made = await faults.attemptLater(() => preparedOrNot(one, { instead, named }))
    if (made) ready.set(one, made)
  }
  for (const one of isLost ? [] : faulty)
    await faults.attemptLater(() => orNothing(() => checkFaulty(one, { instead, named })))
  faults.finish()
  warnOf(claims.flatMap(({ warnings }) => warnings))
  return loaded.map((one) => (isLoadedFirewallScenario(one) ? ready.get(one)! : one))
}

async function preparedOrNot(
  one: LoadedFirewallScenario,
  otherwise: Otherwise,
): Promise<PreparedScenario | Failed> {
  try {
    return await prepare(one, otherwise)
  } catch (failure) {
    if (!(failure instanceof EnvironmentError)) throw failure
    return { ...one, failure }
  }
}

/** Invalid files stop the run before the machine's requirements are checked. */
async function orNothing(check: () => Promise<unknown>): Promise<void> {
  try {
    await check()
  } catch (error) {
    if (!(error instanceof EnvironmentError)) throw error
  }
}

const isProbed = (one: Ready, selection: Selection): boolean =>
  'failure' in one ||
  ('firewall' in one
    ? sizesAsked(subjectOf(one, selection)).length > 0
    : planSweeps(one, selection).length > 0)

/** The error for a name that no scenario has. */
function unknownName(ready: readonly Ready[], names: readonly string[]): string | undefined {
  const known = [...new Set(ready.flatMap(namesOf))]
  const unknown = names.find((name) => !known.includes(name))
  return unknown === undefined
    ? undefined
    : `unknown zone, project or host ${JSON.stringify(unknown)}${suggestion(unknown, known)}`
}

function namesOf(one: Ready): string[] {
  if (!isLoadedFirewallScenario(one)) {
    const { zones, sweeps } = one.scenario
    const isThere = sweeps.some(({ from, to }) => from === FIREWALL || to === FIREWALL)
    const hosts = 'policy' in one ? one.policy.hosts : []
    return [...[...zones, ...hosts].map(({ name }) => name), ...(isThere ? [FIREWALL] : [])]
  }
  return [...one.policy.zones, ...one.policy.hosts.map(({ name }) => name), FIREWALL]
}

/**
 * With the text of included files in place, because they are not available where the ruleset is
 * loaded.
 */
async function rulesetFile(target: string): Promise<GivenRuleset> {
  const { readFirewall } = await import('../input/firewall.ts')
  const { parts } = await readFirewall(target, { command: 'run' })
  const [part, second] = parts
  if (!part || second || part.kind !== 'nft')
    throw new InputError(
      `${target}: a scenario about projects needs one ruleset as nftables text: name a file with the output of nft list ruleset`,
    )
  return { origin: part.file, text: part.text, stretches: part.stretches }
}
