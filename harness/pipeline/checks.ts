/** Checks of a path after its sweep: handshakes, and other source ports. */
import type { ClaimSweep } from '../../src/compare/experiment.ts'
import { compareHandshakes } from '../../src/compare/policy.ts'
import { PortSet } from '../../src/net/port-set.ts'
import { hasPorts } from '../../src/net/protocol.ts'
import { exceptions, exploration, type Pair, portsInRuleset } from '../../src/plan/source-ports.ts'
import { COMPLETED, FIRST_STEP_MISSING } from '../wire/handshake-steps.ts'
import type { ClaimWork, Seen } from './claim-work.ts'
import { specOf } from './measure.ts'
import type { Session } from './session.ts'

export async function checkHandshakes(
  { findings, replay }: ClaimWork,
  { lab }: Session,
  sweep: ClaimSweep,
  { expected, rows }: Seen,
): Promise<void> {
  const { protocol, judge, subject, id } = sweep
  const ports = judge.handshakes?.(expected, rows)
  if (!ports || ports.isEmpty || !hasPorts(protocol)) return
  const report = await lab.handshake({ ...specOf(sweep), protocol, numbers: ports.ranges })
  const tried = compareHandshakes(expected, report.observed, {
    blocked: FIRST_STEP_MISSING[protocol],
    completed: COMPLETED,
    losses: report.losses,
  })
  const value = {
    ...{ ...subject, protocol, count: ports.size },
    rows: tried.map((row) =>
      row.verdict === 'conforms' ? row : { ...row, replay: replay(sweep, row.from) },
    ),
  }
  findings.handshakes.push({ place: id, value })
}

/**
 * At most this many source ports with exceptions get a whole sweep. The results name every
 * exception.
 */
const MAX_SWEEPS = 4

/**
 * Returns the source ports for whole sweeps: the first port of each range that makes a difference.
 */
export async function checkSourcePorts(
  { findings }: ClaimWork,
  session: Session,
  sweep: ClaimSweep,
  seen: Seen,
): Promise<readonly number[]> {
  const { protocol, subject, numbers, judge, id } = sweep
  if (!judge.sourcePorts || !hasPorts(protocol)) return []
  const named = portsInRuleset(textOf(session))
  const { ports, towards, pairs } = exploration(seen.expected, numbers, named)
  // Where ports are translated, two flows from one source port may be the same flow behind the firewall.
  const { isApart } = judge.sourcePorts
  const groups = isApart ? [...Map.groupBy(pairs, ([, to]) => to).values()] : [pairs]
  const found: Found[] = []
  for (const group of groups) found.push(await tryPairs(session, sweep, seen, group))
  const odd = found.reduce((all, one) => all.union(one.exceptions), PortSet.empty)
  const value = {
    ...{ ...subject, protocol, ports: ports.ranges, towards: [...towards] },
    probes: found.reduce((sum, { probes }) => sum + probes, 0),
    exceptions: odd.ranges,
  }
  findings.sourcePorts.push({ place: id, value })
  return odd.ranges.slice(0, MAX_SWEEPS).map(({ from }) => from)
}

/** The firewall's own, or what was listed of rules that were there. */
const textOf = ({ firewall, rules }: Session): string =>
  firewall.parts.map(({ text }) => text).join('') || (rules?.inspection.listing ?? '')

interface Found {
  readonly exceptions: PortSet
  readonly probes: number
}

async function tryPairs(
  { lab }: Session,
  sweep: ClaimSweep,
  { observed }: Seen,
  pairs: readonly Pair[],
): Promise<Found> {
  const all = [{ from: 0, to: pairs.length - 1 }]
  const packed = {
    sources: Uint16Array.from(pairs, ([source]) => source),
    destinations: Uint16Array.from(pairs, ([, destination]) => destination),
  }
  const path = specOf(sweep)
  const report = await lab.sweep({ ...path, numbers: all, pairs: packed, answer: 'reply' })
  const { keyOf } = sweep.judge.sourcePorts!
  return { exceptions: exceptions(pairs, report.observed, observed, keyOf), probes: report.probes }
}
