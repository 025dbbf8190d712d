/** One planned sweep between two ends: made, held against the policy, and its wrong rows traced. */

import { compare, compareHandshakes } from '../../src/compare/policy.ts'
import {
  expectedOf,
  verdictBetween,
  verdictOfNegative,
  verdictsOf,
} from '../../src/compare/translated.ts'
import type { SourceLine } from '../../src/firewall/firewall.ts'
import { FIREWALL } from '../../src/lab/lab.ts'
import { PortSet } from '../../src/net/port-set.ts'
import type { RangeMap } from '../../src/net/range-map.ts'
import { locateChains } from '../../src/nft/chain-source-map.ts'
import { handshakePorts } from '../../src/plan/egress.ts'
import type { ZoneSweep } from '../../src/plan/zone-sweep.ts'
import type { Expectation } from '../../src/policy/expectation.ts'
import { shellPath, shellWord } from '../../src/quote/shell.ts'
import type { Observation } from '../../src/result/outcome.ts'
import type { Row, Subject, TableResult } from '../../src/result/result.ts'
import type { WalkStep } from '../../src/result/trace.ts'
import { COMPLETED, FIRST_STEP_MISSING } from '../wire/handshake-steps.ts'
import { type Session, walks } from './session.ts'
import { explore } from './source-ports.ts'
import { measure, UNTRIED } from './stateful-sweep.ts'
import { specOf, type ZoneWork } from './zones-context.ts'

/** Rows of a table that are traced; a table with more wrong rows than this has one cause, or none that helps. */
const TRACED_ROWS = 24

export async function sweepEndpoints(
  work: ZoneWork,
  opened: Session,
  planned: ZoneSweep,
): Promise<void> {
  const { options, findings, subject } = work
  const { protocol, detail, repetitions, from } = planned
  const ported = protocol === 'tcp' || protocol === 'udp'
  const fixed = ported ? options.sourcePort : undefined
  const sweep = fixed === undefined ? planned : { ...planned, sourcePort: fixed }
  const seen = await sweepTable(work, opened, sweep)
  // What goes on over several packets, and from other ports, is tried once for each class.
  if (!ported || fixed !== undefined || detail !== 'all') return
  if (seen.rows.some(({ observed }) => observed.kind === 'unsteady')) {
    findings.notes.push(UNTRIED)
    return
  }
  // What a firewall remembers of the sweep must not matter here.
  if (repetitions > 0) await opened.lab.install(opened.firewall)
  if (from.zone !== FIREWALL && planned.to.zone !== FIREWALL)
    await shakeHands(work, opened, planned, seen)
  if (from.zone === FIREWALL) return
  const ruleset = work.prepared.firewall.parts.map(({ text }) => text).join('')
  const { results, sweepFrom } = await explore(opened.lab, ruleset, {
    subject: subjectOf(sweep),
    numbers: sweep.numbers,
    path: specOf(sweep, protocol),
    ...seen,
    keyOf: verdictsOf(subject, sweep),
    isApart: planned.isTranslated,
  })
  findings.sourcePorts.push(...results)
  for (const sourcePort of sweepFrom) await sweepTable(work, opened, { ...planned, sourcePort })
}

interface Seen {
  readonly expected: RangeMap<Expectation>
  readonly observed: RangeMap<Observation>
  readonly rows: readonly Row[]
}

async function sweepTable(work: ZoneWork, opened: Session, sweep: ZoneSweep): Promise<Seen> {
  const { prepared, subject, family, findings, onEvent } = work
  const { numbers, classes, repetitions, asked } = sweep
  const began = performance.now()
  const { observed, probes, losses } = await measure(
    opened.lab,
    { path: pathOf(sweep), numbers, classes, repetitions },
    () => opened.lab.install(opened.firewall),
  )
  const sweepMs = performance.now() - began
  const expected = expectedOf(subject.policy, subject.plan, sweep, observed)
  const judge = sweep.isNegative ? verdictOfNegative : verdictBetween
  const rows = compare(expected, observed, { numbers, family, judge })
  const table: TableResult = {
    ...subjectOf(sweep),
    answer: 'reply',
    ...(numbers.size === asked.size ? {} : { boundariesOf: asked.ranges }),
    ...(sweep.sourcePort === undefined ? {} : { sourcePort: sweep.sourcePort }),
    ...{ numbers: numbers.size, probes, losses },
    rows: await withEvidence(work, opened, sweep, rows),
    timing: { sweepMs },
  }
  findings.tables.push(table)
  onEvent({ kind: 'swept', scenario: prepared.scenario.id, table })
  return { expected, observed, rows }
}

const pathOf = (sweep: ZoneSweep) => ({
  ...specOf(sweep, sweep.protocol),
  ...sweep.packet,
  ...(sweep.sourcePort === undefined ? {} : { sourcePort: sweep.sourcePort }),
})

function subjectOf({ from, to, as, destination, family, protocol }: ZoneSweep): Subject {
  return {
    from: from.name,
    to: to.name,
    ...(as === undefined ? {} : { as }),
    ...(destination === undefined ? {} : { destination }),
    family,
    protocol,
  }
}

async function withEvidence(
  work: ZoneWork,
  opened: Session,
  sweep: ZoneSweep,
  rows: readonly Row[],
): Promise<readonly Row[]> {
  const wrong = rows.filter((row) => row.verdict !== 'conforms')
  if (wrong.length === 0) return rows
  const traced = wrong.slice(0, TRACED_ROWS).map((row) => row.from)
  // As it was before the limit was used up: a rule that no longer holds is not traced.
  if (sweep.repetitions > 0) await opened.lab.install(opened.firewall)
  const found = await walks(opened, pathOf(sweep), traced)
  const chains = locateChains(opened.firewall)
  const byNumber = new Map(traced.map((number, i) => [number, found[i]]))
  return rows.map((row) => {
    if (row.verdict === 'conforms') return row
    const replay = replayOf(work, sweep, row.from)
    const walk = byNumber.get(row.from)
    if (!walk) return { ...row, replay }
    const trace = walk.steps.map((step) => withChain(step, chains))
    return { ...row, replay, evidence: { number: row.from, probe: walk.probe, trace } }
  })
}

/** What a chain's policy decided stands where the chain does. */
function withChain(step: WalkStep, chains: ReadonlyMap<string, SourceLine>): WalkStep {
  if (step.rule !== undefined || step.at) return step
  const at = chains.get(`${step.family} ${step.table} ${step.chain}`)
  return at ? { ...step, at } : step
}

/** Whole exchanges at the boundaries, where the first packet is as promised and arrived as it was sent. */
async function shakeHands(
  work: ZoneWork,
  { lab }: Session,
  sweep: ZoneSweep,
  { expected, rows }: Seen,
): Promise<void> {
  const { protocol } = sweep
  if (protocol !== 'tcp' && protocol !== 'udp') return
  const plain = rows.filter((row) => row.verdict === 'conforms' && !isMoved(row))
  const ports = handshakePorts(expected, {
    numbers: PortSet.of(...plain),
    named: PortSet.empty,
    which: 'boundaries',
  })
  if (ports.isEmpty) return
  const path = specOf(sweep, protocol)
  const report = await lab.handshake({ ...path, protocol, numbers: ports.ranges })
  const exchanges = compareHandshakes(expected, report.observed, {
    blocked: FIRST_STEP_MISSING[protocol],
    completed: COMPLETED,
    losses: report.losses,
  })
  work.findings.handshakes.push({
    ...subjectOf(sweep),
    protocol,
    count: ports.size,
    rows: exchanges.map((row) =>
      row.verdict === 'conforms' ? row : { ...row, replay: replayOf(work, sweep, row.from) },
    ),
  })
}

/** Sent on to somebody else, whose answers are not those of whom it was sent to. */
const isMoved = ({ observed }: Row): boolean =>
  observed.kind === 'translated' && !observed.change.startsWith('from ')

/** Command that does again what showed something wrong at this number. */
function replayOf({ options, prepared }: ZoneWork, sweep: ZoneSweep, number: number): string {
  const { from, to, family, protocol, sourcePort } = sweep
  return [
    options.replay ?? 'nftproof run',
    shellPath(prepared.argument),
    `--from ${shellWord(from.name)} --to ${shellWord(to.name)}`,
    `--family ipv${family} --protocol ${protocol} --ports ${number}`,
    ...(sourcePort === undefined ? [] : [`--source-port ${sourcePort}`]),
  ].join(' ')
}
