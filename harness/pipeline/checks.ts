/** Runs the checks of a path after its sweep: handshakes, and other source ports. */
import {
  handshakeResult,
  isPorted,
  portsToShake,
  portsToSweepFrom,
  sourcePortResult,
  sourcePortsToTry,
  type TriedPairs,
} from '../../src/compare/claim-checks.ts'
import type { Seen } from '../../src/compare/claim-table.ts'
import type { ClaimSweep } from '../../src/compare/experiment.ts'
import { passOf } from '../../src/compare/measurement.ts'
import { COMPLETED, FIRST_STEP_MISSING } from '../wire/handshake-steps.ts'
import type { ClaimWork } from './claim-work.ts'
import { specOf } from './measure.ts'
import { type Session, textOf } from './session.ts'

export async function checkHandshakes(
  { findings, replay }: ClaimWork,
  { lab }: Session,
  sweep: ClaimSweep,
  seen: Seen,
): Promise<void> {
  const ports = portsToShake(sweep, seen)
  if (ports.isEmpty || !isPorted(sweep)) return
  const { protocol, id } = sweep
  const report = await lab.handshake({ ...specOf(sweep), protocol, numbers: ports.ranges })
  const words = { completed: COMPLETED, blocked: FIRST_STEP_MISSING[protocol] }
  const value = handshakeResult(sweep, seen, { ...report, ...words, ports }, replay)
  findings.handshakes.push({ place: id, value })
}

/** Returns the source ports for whole sweeps. */
export async function checkSourcePorts(
  { findings }: ClaimWork,
  session: Session,
  sweep: ClaimSweep,
  seen: Seen,
): Promise<readonly number[]> {
  const asked = sourcePortsToTry(sweep, seen, textOf(session))
  if (!asked || !isPorted(sweep)) return []
  const tried: TriedPairs[] = []
  for (const pairs of asked.groups) {
    const pass = passOf(pairs)
    const report = await session.lab.sweep({ ...specOf(sweep), ...pass, answer: 'reply' })
    tried.push({ pairs, ...report })
  }
  const value = sourcePortResult(sweep, seen, asked, tried)
  findings.sourcePorts.push({ place: sweep.id, value })
  return portsToSweepFrom(value)
}
