/** One scenario over one family: controls, sweeps, handshakes, and evidence for whatever is wrong. */

import { factsOf } from '../../src/analysis/extract.ts'
import { mayBeStateful } from '../../src/analysis/stateful-rules.ts'
import { compare, compareHandshakes } from '../../src/compare/policy.ts'
import { type Inspection, sourceLineOf } from '../../src/firewall/firewall.ts'
import type { RangeMap } from '../../src/net/range-map.ts'
import { locateRules, type RuleSources } from '../../src/nft/source-map.ts'
import {
  expectationsOf,
  handshakePorts,
  namedPorts,
  type PlannedSweep,
  subjectOf,
} from '../../src/plan/egress.ts'
import { untestedByEgress } from '../../src/plan/egress-untested.ts'
import { pathKey } from '../../src/plan/order.ts'
import type { Expectation } from '../../src/policy/expectation.ts'
import { dormantRemarks } from '../../src/result/remarks.ts'
import type { HandshakeResult, Row, TableResult } from '../../src/result/result.ts'
import { untestedResult } from '../../src/result/untested.ts'
import { FLUSH } from '../firewall/install.ts'
import { hasOwnRules, inLab, openLab } from '../provider/open-lab.ts'
import type { Lab } from '../sandbox/sandbox.ts'
import { COMPLETED, FIRST_STEP_MISSING } from '../wire/handshake-steps.ts'
import { partIn } from './contract.ts'
import { control, DROP_ALL, REMOVE_DROP_ALL } from './controls.ts'
import { type FamilyWork, placedPath, replayOf } from './egress-context.ts'
import { revoke } from './revocation.ts'
import { type LoadedRules, stateSettings } from './rule-state.ts'
import { noteRules } from './session.ts'
import { explore } from './source-ports.ts'
import { measure, UNTRIED } from './stateful-sweep.ts'

export async function sweepFamily(work: FamilyWork): Promise<void> {
  const { sandbox, loaded, family, sweeps } = work
  const { providers, faults } = work.options
  const provider = providers?.get(loaded.scenario.id)
  const spec = { family, zones: loaded.scenario.zones }
  // Rules that are there cannot be taken away to look: a lab of the same shape is looked through.
  const isThere = hasOwnRules(provider)
  const sawRight = isThere
    ? await inLab(await sandbox.openLab(spec, faults), true, (controlled) =>
        controlsPass(controlled, work),
      )
    : undefined
  const lab = await openLab(sandbox, provider, spec, faults)
  await inLab(lab, provider !== undefined, async () => {
    if (!(sawRight ?? (await controlsPass(lab, work)))) return
    const rules = await (isThere ? rulesThere(lab, work) : loadUnderTest(lab, work))
    for (const sweep of sweeps.filter(({ after }) => !after))
      await sweepOne(lab, work, sweep, rules)
    const later = sweeps.filter(({ after }) => after)
    if (later.length > 0 && (await revoke(lab, work)))
      for (const sweep of later) await sweepOne(lab, work, sweep)
  })
}

async function rulesThere(lab: Lab, work: FamilyWork): Promise<LoadedRules> {
  const { findings, loaded, options } = work
  const inspection = await lab.inspect()
  findings.ruleset = inspection.listing
  noteRules(options.providers!.get(loaded.scenario.id)!.name, inspection)
  tellUntested(work, inspection)
  return { facts: factsOf(inspection), reload: async () => {} }
}

/** Undefined where the rules remember nothing. */
async function loadUnderTest(lab: Lab, work: FamilyWork): Promise<LoadedRules | undefined> {
  const { ruleset, options } = work
  await load(lab, work, `${ruleset}${REMOVE_DROP_ALL}`)
  if (!options.ruleset) return undefined
  const inspection = await lab.inspect()
  tellUntested(work, inspection)
  if (!mayBeStateful(ruleset)) return undefined
  return { facts: factsOf(inspection), reload: () => load(lab, work, `${FLUSH}${ruleset}`) }
}

/** Of rules that were not compiled here. */
function tellUntested(
  { loaded, family, sweeps, options, findings }: FamilyWork,
  inspection: Inspection,
): void {
  const protocols = [...new Set(sweeps.map(({ protocol }) => protocol))]
  const found = untestedByEgress(inspection, { ...loaded, family, protocols })
  const part = options.ruleset && partIn(options.ruleset)
  const places = part ? locateRules({ origin: part.file, parts: [part] }, inspection.listing) : NONE
  findings.untested.push(...found.map((rule) => untestedResult(rule, places)))
  findings.remarks.push(...dormantRemarks(inspection.dormant))
}

const NONE: RuleSources = new Map()

/** nft speaks of its input; whoever gave a file looks for the place in that. */
async function load(lab: Lab, { options }: FamilyWork, text: string): Promise<void> {
  try {
    await lab.load(text)
  } catch (error) {
    const { ruleset } = options
    if (ruleset && error instanceof Error)
      error.message = error.message.replaceAll(/\bruleset:(\d+)(?=:\d+)/g, (_, line) => {
        const at = sourceLineOf(partIn(ruleset), Number(line))
        return `${at.file}:${at.line}`
      })
    throw error
  }
}

/** The controls; leaves the drop-all ruleset loaded. */
async function controlsPass(lab: Lab, work: FamilyWork): Promise<boolean> {
  const { sweeps, order, family, findings } = work
  const own = new Set(sweeps.map(pathKey))
  const paths = order.controlled(family).filter((sweep) => own.has(pathKey(sweep)))
  findings.controls.push(...(await control(lab, paths, 'none')))
  await lab.load(DROP_ALL)
  findings.controls.push(...(await control(lab, paths, 'drop-all')))
  return findings.controls.every(({ result }) => result.passed)
}

async function sweepOne(
  lab: Lab,
  work: FamilyWork,
  sweep: PlannedSweep,
  rules?: LoadedRules,
): Promise<void> {
  const { plan, protocol, family } = sweep
  const { scenario, policy } = work.loaded
  const expected = expectationsOf(policy, sweep)
  const ported = protocol === 'tcp' || protocol === 'udp'
  const fixed = ported ? work.options.sourcePort : undefined
  const from = fixed === undefined ? {} : { sourcePort: fixed }
  const { table, observed } = await sweepTable(lab, work, {
    sweep,
    expected,
    loadedRules: rules,
    ...from,
  })
  work.findings.tables.set(sweep, [table])
  work.onEvent({ kind: 'swept', scenario: scenario.id, table })
  if (!ported || fixed !== undefined || plan.answer !== 'reply') return
  if (sweep.coverage?.role === 'member' || sweep.after) return
  if (rules && table.rows.some(({ observed }) => observed.kind === 'unsteady')) {
    work.findings.problems.push(`IPv${family}: ${UNTRIED}`)
    return
  }
  // What the rules remember of the sweep must not matter here.
  if (rules && stateSettings(rules, sweep).repetitions > 0) await rules.reload()
  work.findings.handshakes.set(sweep, await shakeHands(lab, work, { sweep, expected }, protocol))
  const { numbers } = sweep
  const base = {
    subject: subjectOf(sweep),
    numbers,
    path: placedPath(work, sweep),
    expected,
    observed,
  }
  const ruleset = work.findings.ruleset ?? work.ruleset
  const { results, sweepFrom } = await explore(lab, ruleset, base)
  work.findings.sourcePorts.set(sweep, results)
  for (const sourcePort of sweepFrom) {
    const extra = await sweepTable(lab, work, { sweep, expected, loadedRules: rules, sourcePort })
    work.findings.tables.get(sweep)!.push(extra.table)
  }
}

interface TableWork {
  readonly sweep: PlannedSweep
  readonly expected: RangeMap<Expectation>
  readonly loadedRules?: LoadedRules | undefined
  readonly sourcePort?: number
}

async function sweepTable(lab: Lab, work: FamilyWork, one: TableWork) {
  const { sweep, expected, loadedRules: rules, sourcePort } = one
  const { plan, family, numbers } = sweep
  const from = sourcePort === undefined ? {} : { sourcePort }
  const path = { ...placedPath(work, sweep), ...from }
  const began = performance.now()
  const { observed, probes, losses } = await measure(
    lab,
    { path, numbers, answer: plan.answer, ...stateSettings(rules, sweep) },
    rules?.reload ?? (() => Promise.reject(new Error('nothing to load anew'))),
  )
  const sweepMs = performance.now() - began
  const rows = compare(expected, observed, { numbers, family })
  const table: TableResult = {
    ...subjectOf(sweep),
    ...(sweep.coverage ? { coverage: sweep.coverage } : {}),
    answer: plan.answer,
    ...from,
    numbers: numbers.size,
    probes,
    rows: await withEvidence(lab, work, one, rows),
    losses,
    timing: { sweepMs },
  }
  return { table, observed }
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
  const report = await lab.handshake({
    ...placedPath(work, sweep),
    protocol,
    numbers: ports.ranges,
  })
  const rows = compareHandshakes(expected, report.observed, {
    blocked: FIRST_STEP_MISSING[protocol],
    completed: COMPLETED,
    losses: report.losses,
  })
  return {
    ...subjectOf({ ...sweep, protocol }),
    count: ports.size,
    rows: rows.map((row) =>
      row.verdict === 'conforms' ? row : { ...row, replay: replayOf(work, sweep, row.from) },
    ),
  }
}

/** Rows of a table that are traced; a table with more wrong rows than this has one cause, or none that helps. */
const TRACED_ROWS = 24

async function withEvidence(
  lab: Lab,
  work: FamilyWork,
  { sweep, loadedRules: rules, sourcePort }: TableWork,
  rows: readonly Row[],
): Promise<readonly Row[]> {
  const wrong = rows.filter((row) => row.verdict !== 'conforms')
  if (wrong.length === 0) return rows
  const numbers = wrong.slice(0, TRACED_ROWS).map((row) => row.from)
  const from = sourcePort === undefined ? {} : { sourcePort }
  // As it was before a limit was used up: a rule that no longer holds is not traced.
  if (rules && stateSettings(rules, sweep).repetitions > 0) await rules.reload()
  const traces = await lab.trace({ ...placedPath(work, sweep), ...from, numbers })
  const byNumber = new Map(traces.map((trace) => [trace.number, trace]))
  return rows.map((row) => {
    if (row.verdict === 'conforms') return row
    const replay = replayOf(work, sweep, row.from, sourcePort)
    const trace = byNumber.get(row.from)
    if (!trace) return { ...row, replay }
    const { number, probe, steps } = trace
    return { ...row, replay, evidence: { number, probe, trace: steps } }
  })
}
