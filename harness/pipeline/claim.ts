/** A claim: runs every planned sweep of each family, judges the outcomes, and traces wrong rows. */

import { checksOf, UNTRIED } from '../../src/compare/claim-checks.ts'
import { begin } from '../../src/compare/claim-findings.ts'
import {
  claimTable,
  fromPort,
  judged,
  type Seen,
  withEvidence,
  withReplay,
  wrongOf,
} from '../../src/compare/claim-table.ts'
import type { ClaimPlan, ClaimSweep } from '../../src/compare/experiment.ts'
import { hasPorts } from '../../src/net/protocol.ts'
import type { FamilyFindings } from '../../src/plan/findings.ts'
import { problem } from '../../src/plan/order.ts'
import { dormantRemarks } from '../../src/result/remarks.ts'
import { untestedResult } from '../../src/result/untested.ts'
import { hasOwnRules } from '../provider/open-lab.ts'
import type { Provider } from '../provider/provider.ts'
import { checkHandshakes, checkSourcePorts } from './checks.ts'
import type { ClaimWork, Proved } from './claim-work.ts'
import type { RunContext } from './context.ts'
import { evidenceOf } from './evidence.ts'
import { measure } from './measure.ts'
import type { Opened } from './open.ts'
import { revoke } from './revocation.ts'
import type { Session } from './session.ts'
import { type Answer, type Question, walkEach } from './walk.ts'

/** Each family in its own lab, when the limit of the run has room. */
export function proveClaim(
  context: RunContext,
  { id, claim, replay }: Proved,
): Promise<Answer<ClaimPlan, FamilyFindings>[]> {
  const { options, sandbox, limit } = context
  const provider = options.providers?.get(id)
  const question: Question<ClaimSweep, ClaimPlan, FamilyFindings> = {
    experiment: claim,
    where: { sandbox, faults: options.faults, providers: [provider] },
    signal: options.signal,
    begin: (family, opened) => begin(claim, family, opened && loadedIn(opened, provider)),
    ask: ({ family, sessions, plan }, findings) =>
      sweepAll({ ...context, id, family, findings, replay }, sessions[0]!, plan),
  }
  return walkEach(question, limit)
}

/** `listing`: of rules that were there. */
const loadedIn = (
  { controls, problems, sessions }: Opened<ClaimPlan>,
  provider: Provider | undefined,
) => ({
  ...{ controls, problems },
  listing: hasOwnRules(provider) ? sessions[0]!.rules?.inspection.listing : undefined,
})

async function sweepAll(work: ClaimWork, session: Session, plan: ClaimPlan): Promise<void> {
  const { findings } = work
  findings.notes.push(...plan.notes)
  findings.untested.push(...plan.untested.map((rule) => untestedResult(rule, session.places)))
  findings.remarks.push(...dormantRemarks(session.rules?.inspection.dormant))
  // Else it was known from the start.
  if (session.rules) announce(work, plan)
  for (const sweep of plan.sweeps) await sweepOne(work, session, sweep)
  const { revocation } = plan
  if (revocation && (await revoke(work, session, revocation)))
    for (const sweep of revocation.sweeps) await sweepOne(work, session, sweep)
}

function announce({ onEvent, id, family }: ClaimWork, { sweeps, revocation }: ClaimPlan): void {
  const all = [...sweeps, ...(revocation?.sweeps ?? [])]
  const numbers = all.reduce((sum, one) => sum + one.numbers.size, 0)
  onEvent({ kind: 'planned', scenario: id, family, sweeps: all.length, numbers })
}

async function sweepOne(work: ClaimWork, session: Session, planned: ClaimSweep): Promise<void> {
  const { options, findings, family } = work
  const fixed = hasPorts(planned.protocol) ? options.sourcePort : undefined
  if (fixed !== undefined) return void (await sweepTable(work, session, fromPort(planned, fixed)))
  const seen = await sweepTable(work, session, planned)
  const checks = checksOf(planned, seen)
  if (checks === 'untried') findings.problems.push(problem(family, `IPv${family}: ${UNTRIED}`))
  if (checks !== 'tried') return
  // What a firewall remembers of the sweep must not matter here.
  if (planned.repetitions > 0) await session.reload()
  await checkHandshakes(work, session, planned, seen)
  for (const sourcePort of await checkSourcePorts(work, session, planned, seen))
    await sweepTable(work, session, { ...fromPort(planned, sourcePort), isVariant: true })
}

async function sweepTable(work: ClaimWork, session: Session, sweep: ClaimSweep): Promise<Seen> {
  const { findings, onEvent, id: scenario, replay } = work
  const began = performance.now()
  const measurement = await measure(session, sweep)
  const sweepMs = performance.now() - began
  const seen = judged(sweep, measurement)
  const evidence = await evidenceOf(session, sweep, wrongOf(seen.rows))
  const rows = withReplay(seen.rows, (number) => replay(sweep, number))
  const table = claimTable(sweep, measurement, { rows: withEvidence(rows, evidence), sweepMs })
  findings.tables.push({ place: sweep.id, value: table })
  onEvent({ kind: 'swept', scenario, table })
  return seen
}
