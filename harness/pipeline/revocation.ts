/** Revokes grants while flows that they opened are established, and checks these flows afterwards. */
import { flowResult, isPorted, type Ported } from '../../src/compare/claim-checks.ts'
import type { Revocation, RevokedSweep } from '../../src/compare/experiment.ts'
import { problem } from '../../src/plan/order.ts'
import type { HandshakeReport } from '../contract/lab.ts'
import { COMPLETED } from '../wire/handshake-steps.ts'
import type { ClaimWork } from './claim-work.ts'
import { specOf } from './measure.ts'
import type { Session } from './session.ts'

/** False if it could not be done; the problems then have the reason. */
export async function revoke(
  { findings, family, replay }: ClaimWork,
  { lab }: Session,
  { refusal, change, isKept, sweeps }: Revocation,
): Promise<boolean> {
  if (refusal !== undefined) {
    findings.problems.push(problem(family, `IPv${family}: no grant was revoked: ${refusal}`))
    return false
  }
  const flows: OpenFlows[] = []
  for (const [i, sweep] of sweeps.filter(isPorted).entries())
    flows.push(await openFlows(lab, sweep, `${i}`))
  await lab.load(change)
  for (const { sweep, name, opened } of flows) {
    const checked = await lab.checkFlows(name)
    const seen = { opened, checked, completed: COMPLETED }
    findings.flows.push({ place: sweep.id, value: flowResult(sweep, isKept, seen, replay) })
  }
  return true
}

interface OpenFlows {
  /** The expected state afterwards. */
  readonly sweep: Ported<RevokedSweep>
  readonly name: string
  readonly opened: HandshakeReport
}

async function openFlows(
  lab: Session['lab'],
  sweep: Ported<RevokedSweep>,
  name: string,
): Promise<OpenFlows> {
  const { protocol, flows } = sweep
  const spec = { ...specOf(sweep), protocol, numbers: flows.ranges, name }
  return { sweep, name, opened: await lab.openFlows(spec) }
}
