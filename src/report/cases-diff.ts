/** The cases of a comparison: each path, the declared change, and the rules that differ. */
import { familyName, protocolName } from '../net/protocol.ts'
import { rangeWords } from '../net/text.ts'
import type { ChangeRow, DiffResult, DiffTable } from '../result/diff.ts'
import { notMeasuredWords } from '../result/not-measured.ts'
import { decidingStep } from '../result/trace.ts'
import {
  type Case,
  caseOf,
  errors,
  type Finding,
  MEASUREMENT,
  merged,
  type Suite,
  withVerdict,
} from './case.ts'
import { untestedWords } from './changed-rules.ts'
import { decided, missingWords, outcomes } from './diff-words.ts'

export function casesOfDiff(result: DiffResult): Suite[] {
  const { status, timing, expected, missing, changedRules, acceptsUntested } = result
  const cases = [
    ...pathsOf(result).map((name) => caseOf(name, [])),
    ...pathCases(result.tables),
    ...(expected === undefined
      ? []
      : [
          caseOf(
            `exactly what ${expected} declares`,
            missing.map(
              (one): Finding => ({ status: 'failed', message: missingWords(one), at: one.at }),
            ),
          ),
        ]),
    caseOf('changed rules', acceptsUntested ? [] : errors(untestedWords(changedRules, false))),
    caseOf(MEASUREMENT, measurement(result)),
  ]
  const suite = { name: 'diff', cases: merged(cases), ...timing }
  return withVerdict([suite], status === 'same' || status === 'as-declared', 'not proved')
}

/** Every pair of zones: those without a change have no table. */
function pathsOf({ lab, controls }: DiffResult): string[] {
  const asked = [...controls.map((one) => ({ ...one }))]
  const zones = lab.zones.map(({ name }) => name)
  const families = [...new Set(asked.map(({ family }) => family))]
  return families.flatMap((family) =>
    zones.flatMap((from) =>
      zones.filter((to) => to !== from).map((to) => `${from} → ${to} · ${familyName(family)}`),
    ),
  )
}

/** Without the protocol: the message of a change has it. */
function pathCases(tables: readonly DiffTable[]): Case[] {
  const byName = Map.groupBy(
    tables,
    ({ from, to, family }) => `${from} → ${to} · ${familyName(family)}`,
  )
  return [...byName].map(([name, own]) =>
    caseOf(name, [...changeFindings(own), ...own.flatMap(unsteadyFindings)]),
  )
}

interface Changed {
  readonly table: DiffTable
  readonly row: ChangeRow
}

/** The same change of several combinations is one finding, which lists them. */
function changeFindings(tables: readonly DiffTable[]): Finding[] {
  const changed = tables.flatMap((table) =>
    table.changes.filter(({ declared }) => declared !== true).map((row) => ({ table, row })),
  )
  return [...Map.groupBy(changed, messageOf).values()].map((alike) => {
    const [first, ...others] = alike.toSorted(
      (a, b) => Number(b.table.ordinary) - Number(a.table.ordinary),
    )
    return changeFinding(first!, others)
  })
}

function unsteadyFindings(table: DiffTable): Finding[] {
  const unsteady = table.unsteady.filter(({ alike }) => !alike)
  return errors(
    unsteady.map((row) => `${protocolOf(table)} ${rangeWords(row)}: unsteady, in ways that differ`),
  )
}

const protocolOf = ({ protocol, family }: DiffTable): string => protocolName(protocol, family)

const messageOf = ({ table, row }: Changed): string =>
  `${protocolOf(table)} ${rangeWords(row)}: ${row.kind}: ${outcomes(row)}`

function changeFinding(changed: Changed, alike: readonly Changed[]): Finding {
  const { table, row } = changed
  const { evidence } = row
  return {
    status: row.kind === 'unknown' ? 'error' : 'failed',
    message: `${messageOf(changed)}${table.ordinary ? '' : ` (${table.combination})`}`,
    details: [
      ...(evidence
        ? [`before: ${decided(evidence.before, row)}`, `after: ${decided(evidence.after, row)}`]
        : []),
      `replay: ${row.replay}`,
      ...alike.map((one) => `also ${one.table.combination}`),
    ],
    at: evidence && decidingStep(evidence.after)?.at,
  }
}

function measurement({
  problems,
  notMeasured = [],
  tables,
  coverage,
  interrupted,
}: DiffResult): Finding[] {
  return errors([
    ...problems,
    ...notMeasured.map((one) => `${notMeasuredWords(one)}: ${one.reason}`),
    ...(tables.length === 0 && coverage.probed === 0 ? ['nothing was probed'] : []),
    ...(interrupted ? ['the comparison was interrupted'] : []),
  ])
}
