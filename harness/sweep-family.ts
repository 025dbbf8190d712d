/** One scenario over one family: controls, sweeps, handshakes, and evidence for whatever is wrong. */
import { compare, compareHandshakes } from '../src/compare.ts'
import type { Expectation } from '../src/expectation.ts'
import type { Family } from '../src/flow.ts'
import {
  expectationsOf,
  handshakePorts,
  namedPorts,
  type PlannedSweep,
  subjectOf,
} from '../src/plan.ts'
import type {
  ControlResult,
  FlowResult,
  HandshakeResult,
  Row,
  SourcePortResult,
  TableResult,
} from '../src/result.ts'
import type { Spans } from '../src/spans.ts'
import { control, DROP_ALL, REMOVE_DROP_ALL } from './controls.ts'
import type { PathSpec } from './lab/contract.ts'
import { hasOwnRules, openLab } from './provider/lab.ts'
import type { Loaded } from './read.ts'
import { takeBack } from './revocation.ts'
import type { RunContext } from './run.ts'
import type { Lab } from './sandbox/sandbox.ts'
import { quote } from './shell.ts'
import { explore } from './source-ports.ts'
import { COMPLETED, FIRST_STEP_MISSING } from './wire/steps.ts'

/** Filled as things become known, so that an interruption loses nothing. */
export interface FamilyFindings {
  readonly controls: ControlResult[]
  /** The sweep itself, then those from exceptional source ports. */
  readonly tables: Map<PlannedSweep, TableResult[]>
  readonly sourcePorts: SourcePortResult[]
  readonly handshakes: Map<PlannedSweep, HandshakeResult>
  readonly flows: FlowResult[]
  readonly problems: string[]
  /** Listing of rules that were there already. */
  ruleset?: string
}

export function noFindings(): FamilyFindings {
  return {
    controls: [],
    tables: new Map(),
    sourcePorts: [],
    handshakes: new Map(),
    flows: [],
    problems: [],
  }
}

export interface FamilyWork extends RunContext {
  readonly loaded: Loaded
  readonly ruleset: string
  readonly family: Family
  readonly sweeps: readonly PlannedSweep[]
  readonly findings: FamilyFindings
}

export async function sweepFamily(work: FamilyWork): Promise<void> {
  const { sandbox, loaded, family, sweeps, findings } = work
  const { housing, sabotage } = work.options
  const spec = { family, zones: loaded.scenario.zones }
  // Rules that are there cannot be taken away to look: a lab of the same shape is looked through.
  const eyes = hasOwnRules(housing) ? await sandbox.openLab(spec, sabotage) : undefined
  const seesRight = eyes && (await hasEyes(eyes, work))
  await eyes?.close()
  const lab = await openLab(sandbox, housing, spec, sabotage)
  if (seesRight ?? (await hasEyes(lab, work))) {
    if (eyes) findings.ruleset = (await lab.inspect()).listing
    else await loadUnderTest(lab, work)
    for (const sweep of sweeps.filter(({ after }) => !after)) await sweepOne(lab, work, sweep)
    const later = sweeps.filter(({ after }) => after)
    if (later.length > 0 && (await takeBack(lab, work)))
      for (const sweep of later) await sweepOne(lab, work, sweep)
  }
  for (const { passed, reason } of findings.controls)
    if (!passed) findings.problems.push(`a control failed: ${reason}`)
  // Nothing waits for the lab to be taken apart; the sandbox's end does it anyway.
  const closed = lab.close()
  closed.catch(() => {})
  if (housing) await closed
}

/** nft speaks of its input; whoever gave a file looks for the place in that. */
async function loadUnderTest(lab: Lab, { ruleset, options }: FamilyWork): Promise<void> {
  try {
    await lab.load(`${ruleset}${REMOVE_DROP_ALL}`)
  } catch (error) {
    const file = options.ruleset?.origin
    if (file !== undefined && error instanceof Error)
      error.message = error.message.replaceAll(/\bruleset(?=:\d+:\d+)/g, () => file)
    throw error
  }
}

/** The controls; leaves the drop-all ruleset loaded. */
async function hasEyes(lab: Lab, { sweeps, findings }: FamilyWork): Promise<boolean> {
  findings.controls.push(...(await control(lab, sweeps, 'none')))
  await lab.load(DROP_ALL)
  findings.controls.push(...(await control(lab, sweeps, 'drop-all')))
  return findings.controls.every((c) => c.passed)
}

async function sweepOne(lab: Lab, work: FamilyWork, sweep: PlannedSweep): Promise<void> {
  const { plan, protocol } = sweep
  const { scenario, policy } = work.loaded
  const expected = expectationsOf(policy, sweep)
  const ported = protocol === 'tcp' || protocol === 'udp'
  const fixed = ported ? work.options.sourcePort : undefined
  const from = fixed === undefined ? {} : { sourcePort: fixed }
  const { table, observed } = await sweepTable(lab, work, { sweep, expected, ...from })
  work.findings.tables.set(sweep, [table])
  work.onEvent({ kind: 'swept', scenario: scenario.id, table })
  if (!ported || fixed !== undefined || plan.answer !== 'reply') return
  if (sweep.coverage?.role === 'member' || sweep.after) return
  work.findings.handshakes.set(sweep, await shakeHands(lab, work, { sweep, expected }, protocol))
  const base = { sweep, path: pathOf(sweep), expected, observed }
  const { results, sweepFrom } = await explore(lab, work.findings.ruleset ?? work.ruleset, base)
  work.findings.sourcePorts.push(...results)
  for (const sourcePort of sweepFrom) {
    const extra = await sweepTable(lab, work, { sweep, expected, sourcePort })
    work.findings.tables.get(sweep)!.push(extra.table)
  }
}

interface TableWork {
  readonly sweep: PlannedSweep
  readonly expected: Spans<Expectation>
  readonly sourcePort?: number
}

async function sweepTable(lab: Lab, work: FamilyWork, { sweep, expected, sourcePort }: TableWork) {
  const { plan, family, numbers } = sweep
  const from = sourcePort === undefined ? {} : { sourcePort }
  const path = { ...pathOf(sweep), ...from }
  const report = await lab.sweep({ ...path, numbers: numbers.ranges, answer: plan.answer })
  const rows = compare(expected, report.observed, { numbers, family })
  const table: TableResult = {
    ...subjectOf(sweep),
    ...(sweep.coverage ? { coverage: sweep.coverage } : {}),
    answer: plan.answer,
    ...from,
    numbers: numbers.size,
    probes: report.probes,
    rows: await withEvidence(lab, work, { sweep, expected, ...from }, rows),
    losses: report.losses,
    timing: { sweepMs: report.sweepMs },
  }
  return { table, observed: report.observed }
}

export function pathOf({ plan, source, target, protocol }: PlannedSweep): PathSpec {
  return { from: plan.from, to: plan.to, source, target, protocol }
}

async function shakeHands(
  lab: Lab,
  work: FamilyWork,
  { sweep, expected }: TableWork,
  protocol: 'tcp' | 'udp',
): Promise<HandshakeResult> {
  const { plan, numbers } = sweep
  const named = namedPorts(work.loaded.policy, protocol)
  const ports = handshakePorts(expected, { numbers, named, which: plan.handshakes })
  const report = await lab.handshake({ ...pathOf(sweep), protocol, numbers: ports.ranges })
  const rows = compareHandshakes(expected, report.observed, {
    blocked: FIRST_STEP_MISSING[protocol],
    completed: COMPLETED,
    losses: report.losses,
  })
  return {
    ...subjectOf({ ...sweep, protocol }),
    count: ports.size,
    rows: rows.map((row) =>
      row.standing === 'conforms' ? row : { ...row, replay: replayOf(work, sweep, row.from) },
    ),
  }
}

/** Rows of a table that are traced; a table with more wrong rows than this has one cause, or none that helps. */
const TRACED_ROWS = 24

async function withEvidence(
  lab: Lab,
  work: FamilyWork,
  { sweep, sourcePort }: TableWork,
  rows: readonly Row[],
): Promise<readonly Row[]> {
  const wrong = rows.filter((row) => row.standing !== 'conforms')
  if (wrong.length === 0) return rows
  const numbers = wrong.slice(0, TRACED_ROWS).map((row) => row.from)
  const from = sourcePort === undefined ? {} : { sourcePort }
  const traces = await lab.trace({ ...pathOf(sweep), ...from, numbers })
  const byNumber = new Map(traces.map((trace) => [trace.number, trace]))
  return rows.map((row) => {
    if (row.standing === 'conforms') return row
    const replay = replayOf(work, sweep, row.from, sourcePort)
    const trace = byNumber.get(row.from)
    if (!trace) return { ...row, replay }
    const { number, probe, steps } = trace
    return { ...row, replay, evidence: { number, probe, trace: steps } }
  })
}

/** Command that does again what showed something wrong at this number. */
export function replayOf(
  { options, loaded }: FamilyWork,
  { family, protocol }: PlannedSweep,
  number: number,
  sourcePort?: number,
): string {
  return [
    options.replay ?? 'nftproof run',
    quote(loaded.argument),
    `--family ipv${family} --protocol ${protocol} --ports ${number}`,
    ...(sourcePort === undefined ? [] : [`--source-port ${sourcePort}`]),
  ].join(' ')
}
