/** The trials of a review → its result. */
import type { Measured, MeasuredRow } from '../result/measured.ts'
import { gathered, notMeasuredWords } from '../result/not-measured.ts'
import type { ControlResult, Evidence, NotMeasured } from '../result/result.ts'
import { type Judged, type TrialSweep, trialVerdictOfAll, worstFirst } from './request.ts'

/** Filled during the measurement of a family. */
export interface Trials {
  readonly rows: MeasuredRow[]
  /** Through both rulesets. */
  probes: number
}

export function measuredRow(
  { trial, packet, family, numbers }: TrialSweep,
  { difference, verdict }: Judged,
  evidence: readonly Evidence[],
): MeasuredRow {
  const { protocol, where, extent, expected, sweep } = trial
  const { from, as } = sweep.plan
  return {
    ...{ from, family, protocol, target: packet.target, where },
    ...(as ? { as: as.label } : {}),
    ...{ extent, numbers: numbers.size },
    ...difference,
    ...{ expected, verdict, evidence: [...evidence] },
  }
}

interface FamilyTrials {
  readonly found: Trials
  /** Absent if its labs could not be opened. */
  readonly opened?: {
    readonly problems: readonly string[]
    readonly controls: readonly ControlResult[]
  }
}

type Concluded = Pick<
  Extract<Measured, { rows: unknown }>,
  'verdict' | 'beyond' | 'rows' | 'problems' | 'controls' | 'probes'
>

/** `beyond`: commands that change more than the project's own rules. */
export function concludeReview(
  families: readonly FamilyTrials[],
  failures: readonly NotMeasured[],
  beyond: readonly string[],
): Concluded {
  const rows = families.flatMap(({ found }) => found.rows)
  const problems = [
    ...families.flatMap(({ opened }) => opened?.problems ?? []),
    ...(gathered(failures).notMeasured ?? []).map(
      (one) => `${notMeasuredWords(one)}: ${one.reason}`,
    ),
  ]
  return {
    verdict: trialVerdictOfAll(rows, problems, beyond),
    beyond: [...beyond],
    rows: worstFirst(rows),
    problems,
    controls: families.reduce((sum, { opened }) => sum + (opened?.controls.length ?? 0), 0),
    probes: families.reduce((sum, { found }) => sum + found.probes, 0),
  }
}
