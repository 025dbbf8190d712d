/** A given firewall held against a policy for zones → the result of one scenario. */
import { statusOfScenario } from '../../src/compare/policy.ts'
import { FAMILIES } from '../../src/net/protocol.ts'
import { pathsBetween } from '../../src/plan/zones.ts'
import { gathered } from '../../src/result/not-measured.ts'
import { remarked } from '../../src/result/remarks.ts'
import type { ScenarioResult } from '../../src/result/result.ts'
import { judgeUntested } from '../../src/result/untested.ts'
import { type PreparedScenario, subjectOf } from '../input/prepare-zones.ts'
import { sha256 } from '../system/sha256.ts'
import type { RunContext } from './context.ts'
import { measured } from './measured.ts'
import { noZoneFindings, type ZoneFindings } from './zones-context.ts'
import { runZonesFamily } from './zones-family.ts'

/** One lab for each family, side by side where there are slots. */
export async function runZones(
  context: RunContext,
  prepared: PreparedScenario,
): Promise<ScenarioResult> {
  const { options, onEvent, limit } = context
  const { scenario, policy, policySha256, firewall, lab } = prepared
  const subject = subjectOf(prepared, options)
  onEvent({ kind: 'started', scenario: scenario.id, sweeps: 0 })
  const startedAt = new Date()
  const began = performance.now()
  const families = FAMILIES.filter((family) => pathsBetween(subject, family).length > 0)
  const isHoused = options.providers?.has(scenario.id) ?? false
  const findings = await Promise.all(
    families.map((family) =>
      limit.run(() =>
        measured(
          context,
          () => noZoneFindings(family),
          isHoused,
          (own) => runZonesFamily({ ...context, prepared, subject, family, findings: own }),
        ),
      ),
    ),
  )
  const judged = judgeUntested(
    findings.flatMap(({ untested }) => untested),
    scenario.untested,
  )
  const facts = { ...together(findings), untested: judged.untested }
  const text = firewall.parts.map((part) => part.text).join('')
  const result: ScenarioResult = {
    id: scenario.id,
    title: scenario.title,
    requirement: scenario.requirement,
    source: scenario.source,
    policy: { id: policy.id, file: policy.file, sha256: policySha256 },
    at: prepared.at,
    grants: [],
    revoked: [],
    ruleset: { origin: firewall.origin, text, sha256: sha256(text) },
    status: statusOfScenario(facts),
    ...facts,
    notes: [
      ...new Set([...lab.reasons, ...findings.flatMap(({ notes }) => notes), ...judged.notes]),
    ],
    ...remarked([...(lab.remarks ?? []), ...findings.flatMap(({ remarks }) => remarks)]),
    timing: { startedAt: startedAt.toISOString(), totalMs: performance.now() - began },
  }
  onEvent({ kind: 'done', result })
  return result
}

function together(findings: readonly ZoneFindings[]) {
  return {
    controls: findings.flatMap(({ controls }) => controls),
    tables: findings.flatMap(({ tables }) => tables),
    sourcePorts: findings.flatMap(({ sourcePorts }) => sourcePorts),
    handshakes: findings.flatMap(({ handshakes }) => handshakes),
    flows: [],
    problems: findings.flatMap(({ problems }) => problems),
    ...gathered(findings.flatMap((one) => one.notMeasured)),
  }
}
