/** The cases of a review: contradictions in the request, and each measured path. */
import { familyName } from '../net/protocol.ts'
import type { Review } from '../request/reviewed.ts'
import type { Measured, MeasuredRow } from '../result/measured.ts'
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
import { changeWords, expectedChange, pathOfRow, whereWords } from './request-words.ts'

export function casesOfReview({ request, findings, measured }: Review): Suite[] {
  const contradictions = findings.filter(({ kind }) => kind === 'contradiction')
  const cases = [
    caseOf(
      'request',
      contradictions.map(({ at, message }): Finding => ({ status: 'failed', message, at })),
    ),
    ...(measured.verdict === 'not measured' ? [] : measured.rows.map(rowCase)),
    caseOf(MEASUREMENT, errors(measurement(measured))),
  ]
  const isGood =
    contradictions.length === 0 && (measured.verdict === 'exact' || isUnasked(measured))
  return withVerdict([{ name: request.id, cases: merged(cases) }], isGood, 'not proved')
}

const isUnasked = (measured: Measured): boolean =>
  measured.verdict === 'not measured' && !measured.wanted

function rowCase(row: MeasuredRow): Case {
  const name = `${pathOfRow(row)} (${whereWords(row)}) · ${familyName(row.family)} · ${row.protocol.toUpperCase()}`
  if (row.verdict === 'exact') return caseOf(name, [])
  const status = row.verdict === 'different' ? 'failed' : 'error'
  return caseOf(name, [
    { status, message: `should change: ${expectedChange(row)}; changes: ${changeWords(row)}` },
  ])
}

function measurement(measured: Measured): readonly string[] {
  if (measured.verdict !== 'not measured') return [...measured.problems, ...measured.beyond]
  return measured.wanted ? [`nothing was measured: ${measured.reason}`] : []
}
