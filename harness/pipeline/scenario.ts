/**
 * One scenario of either kind → its result: its claim, proved in one lab for each family. The labs
 * run at the same time if workers are free.
 */
import { concludeClaim } from '../../src/compare/conclusion.ts'
import { egressClaim } from '../../src/compare/egress-claim.ts'
import type { Claim, Revocation, Side } from '../../src/compare/experiment.ts'
import { zonesClaim } from '../../src/compare/zones-claim.ts'
import type { Family } from '../../src/net/protocol.ts'
import { planSweeps, remaining } from '../../src/plan/egress.ts'
import type { FamilyFindings } from '../../src/plan/findings.ts'
import { arrange, problem } from '../../src/plan/order.ts'
import { replayOfClaim } from '../../src/plan/replay.ts'
import { grantsToCompile, projectsOf } from '../../src/platform/platform.ts'
import type { Grant } from '../../src/policy/grant.ts'
import type { NotMeasured, OrderResult, ScenarioResult } from '../../src/result/result.ts'
import { compile, tableOf } from '../../src/ruleset/compile.ts'
import { difference } from '../../src/ruleset/difference.ts'
import { render } from '../../src/ruleset/table.ts'
import { shareOf } from '../../src/shard/parts.ts'
import type { Loaded } from '../input/load.ts'
import { type PreparedScenario, subjectOf } from '../input/prepare-zones.ts'
import { hasOwnRules } from '../provider/open-lab.ts'
import { sha256 } from '../system/sha256.ts'
import { proveClaim } from './claim.ts'
import type { RunContext } from './context.ts'
import { partIn, type Ready, type RunOptions } from './contract.ts'
import { failuresOf } from './walk.ts'

export interface Done {
  readonly result: ScenarioResult
  readonly order: OrderResult
}

/** The claim of a scenario, for both kinds of policies. */
interface Proof {
  readonly claim: Claim
  /** Sweeps that are known before the firewall is loaded. */
  readonly sweeps: number
  readonly ruleset: { readonly origin: string; readonly text: string }
  readonly notes?: readonly string[]
  readonly remarks?: readonly string[]
  readonly grants: ScenarioResult['grants']
  readonly revoked: readonly string[]
}

export async function proveScenario(
  context: RunContext,
  loaded: Loaded | PreparedScenario,
): Promise<Done> {
  const { options, onEvent } = context
  const { scenario } = loaded
  const proof = 'firewall' in loaded ? zonesProof(options, loaded) : egressProof(options, loaded)
  onEvent({ kind: 'started', scenario: scenario.id, sweeps: proof.sweeps })
  const startedAt = new Date()
  const began = performance.now()
  const answers = await proveClaim(context, {
    ...{ id: scenario.id, claim: proof.claim },
    replay: replayOfClaim(options.replay ?? 'nftproof run', loaded.argument, hasEnds(loaded)),
  })
  const findings = answers.map(({ found }) => found)
  if (options.signal.aborted) for (const one of findings) one.problems.push(interrupted(one.family))
  const result = {
    ...resultOf(loaded, proof, { findings, notMeasured: failuresOf(answers) }),
    timing: { startedAt: startedAt.toISOString(), totalMs: performance.now() - began },
  }
  onEvent({ kind: 'done', result })
  return { result, order: { scenario: scenario.id, ...arrange(findings).order } }
}

const interrupted = (family: Family) =>
  problem(family, `IPv${family}: interrupted before it was done`)

const hasEnds = (loaded: Loaded | PreparedScenario): boolean =>
  'firewall' in loaded || hasSeveralPaths(loaded)

const hasSeveralPaths = ({ scenario: { sweeps }, policy: { hosts } }: Loaded): boolean =>
  hosts.length > 0 || sweeps.some(({ from, to }) => from !== sweeps[0]?.from || to !== sweeps[0].to)

interface Answered {
  readonly findings: readonly FamilyFindings[]
  readonly notMeasured: readonly NotMeasured[]
}

function resultOf(
  loaded: Loaded | PreparedScenario,
  { ruleset: given, notes, remarks = [], grants, revoked }: Proof,
  { findings, notMeasured }: Answered,
): Omit<ScenarioResult, 'timing'> {
  // What a firewall that was there already had, by the first lab that got to see it.
  const text = findings.find(({ ruleset }) => ruleset !== undefined)?.ruleset ?? given.text
  return {
    ...headOf(loaded),
    ...{ grants, revoked },
    ruleset: { origin: given.origin, text, sha256: sha256(text) },
    ...concludeClaim({ accepted: loaded.scenario.untested, notes, remarks, notMeasured }, findings),
  }
}

/** Which scenario it is, whatever came of it. */
export function headOf({ scenario, policy, policySha256, at }: Ready) {
  const { id, title, requirement, source } = scenario
  return {
    ...{ id, title, requirement, source },
    policy: { id: policy.id, file: policy.file, sha256: policySha256 },
    at,
  }
}

function zonesProof(options: RunOptions, prepared: PreparedScenario): Proof {
  const { firewall, lab } = prepared
  return {
    claim: zonesClaim(subjectOf(prepared, options), { firewall }),
    sweeps: 0,
    ruleset: { origin: firewall.origin, text: firewall.parts.map(({ text }) => text).join('') },
    notes: lab.reasons,
    remarks: lab.remarks ?? [],
    grants: grantsResult(prepared.grants),
    revoked: [],
  }
}

const grantsResult = (grants: readonly Grant[]): Proof['grants'] =>
  grants.map(({ request, project, until }) => ({
    ...{ request, project },
    ...(until === undefined ? {} : { until }),
  }))

function egressProof(options: RunOptions, loaded: Loaded): Proof {
  const { scenario } = loaded
  const planned = planSweeps(loaded, options)
  const own = options.shard ? shareOf(loaded, planned, options.shard.share) : planned
  const side = sideOf(options, loaded)
  const text = side.firewall.parts.map((part) => part.text).join('')
  return {
    claim: egressClaim({ subject: loaded, planned, own, side, revoking: revoking(loaded, side) }),
    sweeps: side.isCompiled ? own.length : 0,
    ruleset: { origin: side.firewall.origin, text },
    grants: grantsResult(loaded.grants),
    revoked: scenario.revoke,
  }
}

/** What is tested of an egress scenario: its compiled policy, a given ruleset, or the rules that are there. */
function sideOf({ ruleset, providers }: RunOptions, { scenario, policy, grants }: Loaded): Side {
  const provider = providers?.get(scenario.id)
  const isThere = hasOwnRules(provider)
  if (isThere && provider) return { firewall: { origin: provider.name, parts: [] } }
  const given = ruleset ?? {
    origin: policy.file,
    text: compile(policy, projectsOf(scenario), grantsToCompile(scenario, grants)),
  }
  const origin = provider ? `${given.origin}, loaded in ${provider.name}` : given.origin
  return { firewall: { origin, parts: [partIn(given)] }, isCompiled: !ruleset }
}

function revoking(
  { policy, scenario, grants }: Loaded,
  { firewall, isCompiled }: Side,
): Pick<Revocation, 'refusal' | 'change'> | undefined {
  if (scenario.revoke.length === 0) return undefined
  if (!isCompiled) return { refusal: `${firewall.origin} replaces the compiled policy`, change: '' }
  const projects = projectsOf(scenario)
  const after = tableOf(policy, projects, remaining(grants, scenario))
  const { commands, whole } = difference(tableOf(policy, projects, grants), after)
  const change =
    whole === undefined ? commands.map((command) => `${command}\n`).join('') : render(after)
  return { change }
}
