/** One sweep of a claim → its table. */
import type { RangeMap } from '../net/range-map.ts'
import type { Expectation } from '../policy/expectation.ts'
import type { Observation } from '../result/outcome.ts'
import type { Evidence, Row, TableResult, Verdict } from '../result/result.ts'
import type { ClaimSweep } from './experiment.ts'
import type { Measurement } from './measurement.ts'
import { compare } from './policy.ts'

/** The findings of a sweep. */
export interface Seen {
  readonly expected: RangeMap<Expectation>
  readonly observed: RangeMap<Observation>
  readonly rows: readonly Row[]
}

export function judged(
  { judge, numbers, family }: ClaimSweep,
  { observed }: Pick<Measurement, 'observed'>,
): Seen {
  const expected = judge.expected(observed)
  const rows = compare(expected, observed, { numbers, family, judge: judge.verdict })
  return { expected, observed, rows }
}

export function claimTable(
  sweep: ClaimSweep,
  { probes, losses }: Measurement,
  { rows, sweepMs }: { readonly rows: readonly Row[]; readonly sweepMs: number },
): TableResult {
  const { subject, coverage, answer, numbers, asked, packet, isVariant } = sweep
  return {
    ...subject,
    ...(coverage ? { coverage } : {}),
    answer,
    ...(numbers.size === asked.size ? {} : { boundariesOf: asked.ranges }),
    ...(packet.sourcePort === undefined ? {} : { sourcePort: packet.sourcePort }),
    ...(isVariant ? { variant: true } : {}),
    ...{ numbers: numbers.size, probes, losses },
    ...{ rows: [...rows], timing: { sweepMs } },
  }
}

interface Judged {
  readonly from: number
  readonly verdict: Verdict
}

export const wrongOf = <R extends Judged>(rows: readonly R[]): R[] =>
  rows.filter(({ verdict }) => verdict !== 'conforms')

/** Wrong rows, with the command that repeats each of them. */
export const withReplay = <R extends Judged>(
  rows: readonly R[],
  replay: (number: number) => string,
): (R & { readonly replay?: string })[] =>
  rows.map((row) => (row.verdict === 'conforms' ? row : { ...row, replay: replay(row.from) }))

export const withEvidence = (rows: readonly Row[], found: ReadonlyMap<number, Evidence>): Row[] =>
  rows.map((row) => {
    const evidence = row.verdict === 'conforms' ? undefined : found.get(row.from)
    return evidence ? { ...row, evidence } : row
  })

/** All its probes leave from this port. */
export const fromPort = (sweep: ClaimSweep, sourcePort: number): ClaimSweep => ({
  ...sweep,
  packet: { ...sweep.packet, sourcePort },
})
