/** A result for a terminal: tables and evidence for each failure. Its end: terminal-summary.ts. */

import { count, counted, rangeWords } from '../net/text.ts'
import type { Style } from '../quote/style.ts'
import { terminalSafeLine } from '../quote/terminal.ts'
import { isNotMeasured } from '../result/not-measured.ts'
import type {
  HandshakeResult,
  Row,
  ScenarioResult,
  SourcePortResult,
  TableResult,
} from '../result/result.ts'
import { acceptedWords, untestedProblems } from '../result/untested.ts'
import { pathWords } from '../result/words.ts'
import { renderConnections } from './connections.ts'
import { distinctTables, isQuietVariant, placeWords, repeatedIn, ruleWords } from './distinct.ts'
import { renderNotMeasured } from './not-measured.ts'
import { renderTable } from './table.ts'
import { MAX_SUMMARY, must } from './terminal-summary.ts'
import { attemptWords, classWords, plain, wrap } from './words.ts'

/** At most this many rows with evidence are printed below one table. */
const MAX_EVIDENCE = 5

/** The tables of one scenario, each followed by the evidence for its wrong rows. */
export function renderScenario(scenario: ScenarioResult, style: Style): string {
  if (scenario.tables.length === 0 && isNotMeasured(scenario))
    return renderChecks(scenario, style).join('\n\n')
  if (scenario.notes) return renderVerified(scenario, style)
  const shown = distinctTables(scenario).filter(
    (table) => !isSummarised(table) && !isQuietVariant(table, scenario.tables),
  )
  const variants = scenario.tables.filter((table) => isQuietVariant(table, scenario.tables)).length
  return [
    ...shown.map((table) => renderWithEvidence(scenario.id, table, style)),
    ...repeatedLine(scenario),
    ...(variants > 0 ? [` ${style.good(GOOD)} ${VARIANTS}: ${counted(variants, 'sweep')}`] : []),
    ...remarkLines(scenario, style),
    ...renderChecks(scenario, style),
  ].join('\n\n')
}

const VARIANTS = 'as expected, also from the source ports of the ruleset'

/** A given firewall: one line for each path, and whole tables only for failures. */
function renderVerified(scenario: ScenarioResult, style: Style): string {
  const { id, ruleset, policy, tables, notes = [] } = scenario
  const head = style.strong(` ${plain(id)} · ${plain(ruleset.origin)} · ${plain(policy.file)}`)
  const wrong = renderWrong(
    { ...scenario, ...NO_DOUBTS },
    style,
    (row) => row.evidence !== undefined,
  )
  const sweeps = ` ${counted(tables.length, 'sweep')} between ${counted(pathCount(tables), 'pair of endpoints', 'pairs of endpoints')}`
  return [
    `${head}\n${renderConnections(tables, style)}\n${sweeps}`,
    ...(notes.length > 0
      ? [notes.map((note) => style.dim(wrap(plain(note), ' '))).join('\n')]
      : []),
    ...(wrong === '' ? [] : [wrong]),
    ...remarkLines(scenario, style),
    ...renderChecks({ ...scenario, untested: [], notMeasured: [] }, style)
      .map((text) => withoutWrong(text))
      .filter(Boolean),
    ...[renderUntested(scenario, style).join('\n')].filter(Boolean),
    ...renderNotMeasured(scenario, style),
  ].join('\n\n')
}

const NO_DOUBTS = { problems: [], notes: [], remarks: [], untested: [], notMeasured: [] } as const

const pathCount = (tables: readonly TableResult[]): number =>
  new Set(tables.map(({ from, to }) => `${from} ${to}`)).size

/** Failures are already printed above, so only passed checks and unknown results remain. */
const withoutWrong = (text: string): string =>
  text
    .split('\n')
    .filter((line) => line.includes(GOOD) || line.includes(' ? '))
    .join('\n')

/**
 * Only the wrong and unknown results of a scenario. Empty if every result is right. The summary
 * names the rule and the replay of each, so only evidence without a rule is printed here.
 */
export const renderScenarioQuietly = (scenario: ScenarioResult, style: Style): string =>
  renderWrong(scenario, style, (row) => row.evidence !== undefined && ruleWords(row) === '')

function renderWrong(
  scenario: ScenarioResult,
  style: Style,
  isTold: (row: Row) => boolean,
): string {
  const wrong = distinctTables(scenario)
    .map((table) => ({ ...table, rows: table.rows.filter((row) => row.verdict !== 'conforms') }))
    .filter((table) => table.rows.length > 0)
    .map((table) => renderWithEvidence(scenario.id, table, style, isTold))
  const checks = renderChecks(scenario, style, true)
  return [
    ...wrong,
    ...repeatedLine(scenario),
    ...checks,
    ...unvaried(scenario, style),
    ...remarkLines(scenario, style),
  ].join('\n\n')
}

function repeatedLine(scenario: ScenarioResult): string[] {
  const repeated = repeatedIn(scenario)
  if (repeated === 0) return []
  const how = scenario.notes ? 'with other addresses of these endpoints' : 'from other source ports'
  return [` the same failures ${how}: ${counted(repeated, 'sweep')}`]
}

/** Also in quiet runs, because the measured firewall may not be the intended one. */
function remarkLines({ remarks = [] }: ScenarioResult, style: Style): string[] {
  if (remarks.length === 0) return []
  return [remarks.map((remark) => style.doubtful(wrap(plain(`! ${remark}`), ' '))).join('\n')]
}

/** Untested rules and behaviour, because a reader of "conforms" needs to know the limits. */
function unvaried({ notes = [] }: ScenarioResult, style: Style): string[] {
  const untold = notes.filter((note) => /^table .* was not tested/.test(note))
  return untold.length === 0
    ? []
    : [untold.map((note) => style.doubtful(wrap(plain(`! ${note}`), ' '))).join('\n')]
}

/** A member of an equivalence class whose results equal those of its class. */
function isSummarised({ coverage, rows, losses }: TableResult): boolean {
  const quiet = rows.every((row) => row.verdict === 'conforms') && Object.keys(losses).length === 0
  return coverage?.role === 'member' && quiet
}

function renderWithEvidence(
  id: string,
  table: TableResult,
  style: Style,
  isTold = (row: Row): boolean => row.evidence !== undefined,
): string {
  const traced = table.rows.filter(isTold).slice(0, MAX_EVIDENCE)
  const losses = Object.entries(table.losses).map(([name, n]) =>
    style.doubtful(` ! ${plain(name)}: ${count(n)}; the silent ports were probed again`),
  )
  return [
    renderTable(id, table, style),
    ...losses,
    ...traced.map((row) => renderEvidence(row, style)),
  ].join('\n')
}

function renderEvidence(row: Row, style: Style): string {
  const { number, probe, trace } = row.evidence!
  const attempts = row.attempts.map((a, i) => `   attempt ${i + 1}: ${plain(attemptWords(a))}`)
  const steps = trace.map((step) =>
    wrap(
      `${plain(step.table)} ${plain(step.chain)}: ${plain(step.rule ?? 'end of chain')} ⇒ ${plain(step.verdict)}${plain(placeWords(step))}`,
    ),
  )
  return [
    style.strong(` ${number}: ${plain(probe)}`),
    ...attempts,
    ...(steps.length > 0 ? steps : ['   no rule appears in the trace']),
    ...(row.replay === undefined ? [] : [`   replay: ${terminalSafeLine(row.replay)}`]),
  ].join('\n')
}

/** Handshakes, controls and problems: one line if all passed, else the details. */
function renderChecks(scenario: ScenarioResult, style: Style, onlyWrong = false): string[] {
  const lines = [
    ...renderClasses(scenario.tables, style),
    ...renderFlows(scenario, style),
    ...renderHandshakes(scenario.handshakes, style),
    ...renderSourcePorts(scenario.sourcePorts, style),
    ...renderControls(scenario, style),
  ]
  const problems = [
    ...scenario.problems.map((p) => style.doubtful(` ? ${plain(p)}`)),
    ...renderUntested(scenario, style, onlyWrong),
  ]
  const shown = onlyWrong ? lines.filter((line) => !line.includes(GOOD)) : lines
  const all = [...shown, ...problems, ...renderNotMeasured(scenario, style)]
  return all.length > 0 ? [all.join('\n')] : []
}

/** At most this many untested rules are listed. The JSON result lists all. */
const MAX_UNTESTED = 20

function renderUntested(scenario: ScenarioResult, style: Style, onlyWrong = false): string[] {
  const untested = untestedProblems(scenario)
  const more = untested.length - MAX_UNTESTED
  return [
    ...untested.slice(0, MAX_UNTESTED).map((line) => style.doubtful(wrap(plain(`? ${line}`), ' '))),
    ...(more > 0
      ? [style.doubtful(` ? not proved: ${counted(more, 'more rule')}: --reporter json lists all`)]
      : []),
    ...(onlyWrong ? [] : acceptedWords(scenario)).map((line) => style.dim(wrap(plain(line), ' '))),
  ]
}

const GOOD = '✔'

function renderHandshakes(handshakes: readonly HandshakeResult[], style: Style): string[] {
  const wrong = handshakes.flatMap((h) =>
    h.rows
      .filter((row) => row.verdict !== 'conforms')
      .map((row) => {
        const mark = row.verdict === 'mismatch' ? style.bad('✘') : style.doubtful('?')
        return ` ${mark} handshake ${plain(pathWords(h))} ${rangeWords(row)}: ${must(row)}; ${plain(row.observed)}`
      }),
  )
  if (wrong.length > 0) return wrong.slice(0, MAX_SUMMARY)
  const total = handshakes.reduce((n, h) => n + h.count, 0)
  return total === 0
    ? []
    : [
        ` ${style.good(GOOD)} handshakes ${count(total)}/${count(total)}: at the boundaries and on named ports`,
      ]
}

function renderClasses(tables: readonly TableResult[], style: Style): string[] {
  return classWords(tables).map(
    ({ words, isWrong }) => ` ${isWrong ? style.bad('✘') : style.good(GOOD)} ${words}`,
  )
}

function renderFlows({ flows, revoked }: ScenarioResult, style: Style): string[] {
  const wrong = flows.flatMap((flow) =>
    flow.rows
      .filter((row) => row.verdict !== 'conforms')
      .map((row) => {
        const mark = row.verdict === 'mismatch' ? style.bad('✘') : style.doubtful('?')
        return ` ${mark} established flow ${plain(pathWords(flow))} ${rangeWords(row)}: expected ${row.expected}; ${plain(row.observed)}`
      }),
  )
  if (wrong.length > 0) return wrong.slice(0, MAX_SUMMARY)
  if (flows.length === 0) return []
  const by = (way: string): number =>
    flows
      .flatMap((flow) => flow.rows.filter((row) => row.expected === way))
      .reduce((n, row) => n + row.to - row.from + 1, 0)
  return [
    ` ${style.good(GOOD)} ${plain(revoked.join(', '))} revoked: ${counted(by('neither way'), 'established flow')} cut, ${count(by('both ways'))} kept, as expected`,
  ]
}

function renderSourcePorts(results: readonly SourcePortResult[], style: Style): string[] {
  const found = results.filter((r) => r.exceptions.length > 0)
  if (found.length > 0)
    return found.map((r) => {
      const ports = r.exceptions.slice(0, MAX_EVIDENCE).map(rangeWords).join(', ')
      const more = r.exceptions.length > MAX_EVIDENCE ? ' …' : ''
      return ` ${style.bad('✘')} ${plain(pathWords(r))}: other outcome with source port ${ports}${more}`
    })
  const probes = results.reduce((n, r) => n + r.probes, 0)
  return probes === 0
    ? []
    : [` ${style.good(GOOD)} ${counted(probes, 'probe')} from other source ports: no difference`]
}

function renderControls({ controls }: ScenarioResult, style: Style): string[] {
  if (controls.length === 0 || controls.some((c) => !c.passed)) return []
  const probes = controls.reduce((n, c) => n + c.probes, 0)
  return [
    ` ${style.good(GOOD)} ${counted(probes, 'control probe')}: all open without rules, all dropped under drop-all`,
  ]
}
