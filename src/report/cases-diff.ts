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
import { missingWords, outcomes } from './diff-words.ts'

export function casesOfDiff(result: DiffResult): Suite[] {
  const { status, timing, expected, missing, changedRules, acceptsUntested } = result
  const cases = [
    ...pathsOf(result).map((name) => caseOf(name, [])),
    ...result.tables.map(pathCase),
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
function pathCase(table: DiffTable): Case {
  const name = `${table.from} → ${table.to} · ${familyName(table.family)}`
  const unsteady = table.unsteady.filter(({ alike }) => !alike)
  return caseOf(name, [
    ...table.changes
      .filter(({ declared }) => declared !== true)
      .map((row) => changeFinding(table, row)),
    ...errors(
      unsteady.map(
        (row) => `${protocolOf(table)} ${rangeWords(row)}: unsteady, in ways that differ`,
      ),
    ),
  ])
}

const protocolOf = ({ protocol, family }: DiffTable): string => protocolName(protocol, family)

function changeFinding(table: DiffTable, row: ChangeRow): Finding {
  const unusual = table.ordinary ? '' : `, ${table.combination}`
  const step = row.evidence && decidingStep(row.evidence.after)
  return {
    status: row.kind === 'unknown' ? 'error' : 'failed',
    message: `${protocolOf(table)} ${rangeWords(row)}${unusual}: ${row.kind}: ${outcomes(row)}`,
    details: [`replay: ${row.replay}`],
    at: step?.at,
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
