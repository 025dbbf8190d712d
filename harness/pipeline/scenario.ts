/**
 * One scenario of either kind → its result: its claim, proved in one lab for each family. The labs
 * run at the same time if workers are free.
 */
import { egressClaim } from '../../src/compare/egress-claim.ts'
import type { Claim, Revocation, Side } from '../../src/compare/experiment.ts'
import {
  type Concluded,
  type Given,
  scenarioResult,
  unmeasuredResult,
} from '../../src/compare/scenario-result.ts'
import { type ZoneRevoking, zonesClaim } from '../../src/compare/zones-claim.ts'
import { planSweeps } from '../../src/plan/egress.ts'
import { hasSeveralPaths, replayOfClaim } from '../../src/plan/replay.ts'
import { grantsToCompile, projectsOf } from '../../src/platform/platform.ts'
import { linksOf } from '../../src/platform/zones.ts'
import { type Grant, remaining } from '../../src/policy/grant.ts'
import { grantees } from '../../src/policy/grantees.ts'
import type { OrderResult, ScenarioResult } from '../../src/result/result.ts'
import { compile, tableOf } from '../../src/ruleset/compile.ts'
import { changeText } from '../../src/ruleset/difference.ts'
import { shareOf } from '../../src/shard/parts.ts'
import type { Loaded } from '../input/load.ts'
import { type PreparedScenario, subjectOf } from '../input/prepare-zones.ts'
import { hasOwnRules } from '../provider/open-lab.ts'
import { sha256 } from '../system/sha256.ts'
import { proveClaim } from './claim.ts'
import type { RunContext } from './context.ts'
import { type Failed, partIn, type RunOptions } from './contract.ts'
import { notMeasured } from './not-measured.ts'
import { failuresOf } from './walk.ts'

export interface Done {
  readonly result: ScenarioResult
  readonly order: OrderResult
}

/** The claim of a scenario, for both kinds of policies. */
interface Proof extends Given {
  readonly claim: Claim
  /** Sweeps that are known before the firewall is loaded. */
  readonly sweeps: number
}

export async function proveScenario(
  context: RunContext,
  loaded: Loaded | PreparedScenario,
): Promise<Done> {
  const { options, onEvent } = context
  const { id } = loaded.scenario
  const isGiven = 'firewall' in loaded
  const proof = isGiven ? zonesProof(options, loaded) : egressProof(options, loaded)
  onEvent({ kind: 'started', scenario: id, sweeps: proof.sweeps })
  const startedAt = new Date()
  const began = performance.now()
  const hasEnds = isGiven || hasSeveralPaths(loaded)
  const replay = replayOfClaim(options.replay ?? 'nftproof run', loaded.argument, hasEnds)
  const answers = await proveClaim(context, { id, claim: proof.claim, replay })
  const concluded = scenarioResult(loaded, proof, {
    findings: answers.map(({ found }) => found),
    notMeasured: failuresOf(answers),
    isInterrupted: options.signal.aborted,
  })
  return done(context, concluded, { startedAt, totalMs: performance.now() - began })
}

interface Timing {
  readonly startedAt: Date
  readonly totalMs: number
}

function done(
  { onEvent }: RunContext,
  { result: unhashed, order }: Concluded,
  { startedAt, totalMs }: Timing,
): Done {
  const { ruleset } = unhashed
  const result: ScenarioResult = {
    ...unhashed,
    ruleset: { ...ruleset, sha256: sha256(ruleset.text) },
    timing: { startedAt: startedAt.toISOString(), totalMs },
  }
  onEvent({ kind: 'done', result })
  return { result, order }
}

export const unmeasured = (context: RunContext, loaded: Failed): Done =>
  done(context, unmeasuredResult(loaded, notMeasured(loaded.failure)), {
    startedAt: new Date(),
    totalMs: 0,
  })

function zonesProof(options: RunOptions, prepared: PreparedScenario): Proof {
  const { firewall, lab, grants, scenario } = prepared
  return {
    claim: zonesClaim(subjectOf(prepared, options), { firewall }, zonesRevoking(prepared)),
    sweeps: 0,
    ruleset: { origin: firewall.origin, text: firewall.parts.map(({ text }) => text).join('') },
    notes: lab.reasons,
    remarks: lab.remarks ?? [],
    ...{ grants, revoked: scenario.revoke },
  }
}

function zonesRevoking(prepared: PreparedScenario): ZoneRevoking | undefined {
  const { policy, scenario, grants, firewall, lab } = prepared
  if (scenario.revoke.length === 0) return undefined
  const left = remaining(grants, scenario)
  const refusal = firewall.parts.some(({ compiled }) => compiled)
    ? notInForce(prepared)
    : `${firewall.origin} is not compiled from a policy: name its platform file as the firewall`
  if (refusal !== undefined) return { refusal, change: '', left }
  const links = linksOf(lab.plan)
  const table = (some: readonly Grant[]) => tableOf(policy, grantees(policy, links), some, links)
  return { change: changeText(table(grants), table(left)), left }
}

/** A grant that is not in force cannot be revoked. Undefined if all are. */
function notInForce({
  scenario: { revoke },
  grants,
  at,
}: Pick<Loaded, 'grants' | 'at'> & { readonly scenario: Pick<Loaded['scenario'], 'revoke'> }):
  | string
  | undefined {
  const idle = revoke.filter((id) => !grants.some(({ request }) => request === id))
  return idle.length === 0 ? undefined : `no grant of ${idle.join(', ')} is in force on ${at}`
}

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
    grants: loaded.grants,
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
  loaded: Loaded,
  { firewall, isCompiled }: Side,
): Pick<Revocation, 'refusal' | 'change'> | undefined {
  const { policy, scenario, grants } = loaded
  if (scenario.revoke.length === 0) return undefined
  const refusal = isCompiled
    ? notInForce(loaded)
    : `${firewall.origin} replaces the compiled policy`
  if (refusal !== undefined) return { refusal, change: '' }
  const projects = projectsOf(scenario)
  const after = tableOf(policy, projects, remaining(grants, scenario))
  return { change: changeText(tableOf(policy, projects, grants), after) }
}
