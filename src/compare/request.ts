/** A review as a declared change: exactly what a request names opens, and nothing else changes. */

import { PortSet } from '../net/port-set.ts'
import type { Family } from '../net/protocol.ts'
import type { DiffSweep } from '../plan/diff.ts'
import type { ReviewPlan, Trial } from '../plan/request.ts'
import { settingsOf } from '../plan/sweep.ts'
import type { ChangeRow, DiffTable } from '../result/diff.ts'
import type { Difference, MeasuredRow, TrialVerdict } from '../result/measured.ts'
import type { Changes } from './change.ts'
import { egressControls, pathOf } from './controls.ts'
import { holdAgainst } from './declared.ts'
import { diffTable } from './diff-table.ts'
import type { Experiment, Plan, Rules, Side } from './experiment.ts'

/** A sweep without the request and with it. */
export interface TrialSweep extends DiffSweep {
  readonly trial: Trial
}

/** `sides`: today's ruleset, and the one with the request. */
export function reviewExperiment(
  { lab, trials }: Pick<ReviewPlan, 'lab' | 'trials'>,
  sides: readonly [today: Side, asked: Side],
): Experiment<TrialSweep> {
  const sweeps = trials.map(({ sweep }) => sweep)
  return {
    lab,
    sides,
    controls: (family) => egressControls(sweeps, sweeps, family),
    plan: (family, rules) => planOf(trials, family, rules),
  }
}

function planOf(
  trials: readonly Trial[],
  family: Family,
  rules: readonly (Rules | undefined)[],
): Plan<TrialSweep> {
  const facts = rules.flatMap((one) => (one ? [one.facts] : []))
  const own = trials.filter(({ sweep }) => sweep.family === family)
  return {
    sweeps: own.map((trial) => {
      const settings = settingsOf(facts, trial.sweep)
      return {
        ...pathOf(trial.sweep),
        ...settings,
        numbers: trial.sweep.numbers,
        ...{ combination: trial.where, ordinary: true, detail: 'all', scatters: false },
        thoroughRepeats: settings.repetitions,
        trial,
      }
    }),
  }
}

export interface Judged {
  readonly difference: Difference
  readonly verdict: TrialVerdict
  /** Unexpected changes, and ports that did not open. */
  readonly wrong: PortSet
}

/** `expected`: what the request opens on this path. */
export function judgeTrial(sweep: DiffSweep, changes: Changes, expected: PortSet): Judged {
  const difference = differenceOf(changes)
  const { unsure } = difference
  const declared = { kind: 'opened', protocol: sweep.protocol, numbers: expected } as const
  const { tables, missing } = holdAgainst(
    [{ ...declared, families: [sweep.family], at: { file: '', line: 0 } }],
    [{ table: tableOf(sweep, changes), probed: sweep.numbers }],
  )
  const undeclared = tables.flatMap((table) => table.changes.filter((row) => !row.declared))
  const rows = [...undeclared, ...missing.map(({ numbers }) => numbers)]
  const wrong = PortSet.of(...rows.map(({ from, to }) => ({ from, to }))).subtract(unsure)
  const verdict = !wrong.isEmpty ? 'different' : unsure.isEmpty ? 'exact' : 'unknown'
  return { difference, verdict, wrong }
}

const tableOf = (sweep: DiffSweep, { changed, unsteady }: Changes): DiffTable =>
  diffTable(sweep, {
    ...{ probes: 0, losses: {} },
    changes: changed.map((change): ChangeRow => ({ ...change, replay: '' })),
    unsteady: unsteady.ranges.map((range) => ({ ...range, alike: false })),
  })

/** Ports by their change when the request is granted. */
function differenceOf({ changed, unsteady }: Changes): Difference {
  const of = (what: keyof Difference): PortSet =>
    PortSet.of(
      ...changed.filter((row) => wordOf(row) === what).map(({ from, to }) => ({ from, to })),
    )
  return {
    opened: of('opened'),
    closed: of('closed'),
    altered: of('altered'),
    unsure: of('unsure').union(unsteady),
  }
}

function wordOf({ kind, before }: Changes['changed'][number]): keyof Difference {
  if (kind === 'unknown' || kind === 'unsteady') return 'unsure'
  if (kind === 'opened') return 'opened'
  return before.kind === 'open' ? 'closed' : 'altered'
}

/** The verdict of all rows. A difference outweighs unknown results. */
export function trialVerdictOfAll(
  rows: readonly Pick<MeasuredRow, 'verdict'>[],
  problems: readonly string[],
  beyond: readonly string[] = [],
): TrialVerdict {
  if (beyond.length > 0) return 'different'
  if (rows.some(({ verdict }) => verdict === 'different')) return 'different'
  if (problems.length > 0) return 'unknown'
  return rows.length > 0 && rows.every(({ verdict }) => verdict === 'exact') ? 'exact' : 'unknown'
}

const ORDER: readonly TrialVerdict[] = ['different', 'unknown', 'exact']

export function worstFirst(rows: readonly MeasuredRow[]): MeasuredRow[] {
  return rows.toSorted((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict))
}
