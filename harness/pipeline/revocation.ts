/** Revokes grants while flows that they opened are established, and checks these flows afterwards. */
import type { Revocation, RevokedSweep } from '../../src/compare/experiment.ts'
import { compareFlows } from '../../src/compare/policy.ts'
import type { PortProtocol } from '../../src/net/protocol.ts'
import { problem } from '../../src/plan/order.ts'
import type { FlowRow } from '../../src/result/result.ts'
import type { HandshakeReport } from '../contract/lab.ts'
import { COMPLETED } from '../wire/handshake-steps.ts'
import type { ClaimWork } from './claim-work.ts'
import { specOf } from './measure.ts'
import type { Session } from './session.ts'

/** False if it could not be done; the problems then have the reason. */
export async function revoke(
  work: ClaimWork,
  { lab }: Session,
  revocation: Revocation,
): Promise<boolean> {
  const { findings, family } = work
  const { refusal, change, isKept, sweeps } = revocation
  if (refusal !== undefined) {
    findings.problems.push(problem(family, `IPv${family}: no grant was revoked: ${refusal}`))
    return false
  }
  const opened: OpenFlows[] = []
  for (const [i, sweep] of sweeps.entries()) opened.push(await openFlows(lab, sweep, `${i}`))
  await lab.load(change)
  for (const { sweep, name, report } of opened) {
    const checked = await lab.checkFlows(name)
    const rows = compareFlows(sweep.judge.expected([]), isKept, {
      opened: report.observed,
      completed: COMPLETED,
      checked: checked.observed,
      losses: { ...report.losses, ...checked.losses },
    })
    const value = {
      ...{ ...sweep.subject, protocol: sweep.protocol as PortProtocol },
      count: report.observed.reduce((n, { from, to }) => n + to - from + 1, 0),
      rows: rows.map((row) => withReplay(work, sweep, row)),
    }
    findings.flows.push({ place: sweep.id, value })
  }
  return true
}

const withReplay = ({ replay }: ClaimWork, sweep: RevokedSweep, row: FlowRow): FlowRow =>
  row.verdict === 'conforms' ? row : { ...row, replay: replay(sweep, row.from) }

interface OpenFlows {
  /** The expected state afterwards. */
  readonly sweep: RevokedSweep
  readonly name: string
  readonly report: HandshakeReport
}

async function openFlows(
  lab: Session['lab'],
  sweep: RevokedSweep,
  name: string,
): Promise<OpenFlows> {
  const protocol = sweep.protocol as PortProtocol
  const numbers = sweep.flows.ranges
  return { sweep, name, report: await lab.openFlows({ ...specOf(sweep), protocol, numbers, name }) }
}
