/** The interface of all reporters: a reporter is one file and one line in the registry. */
import type { Style } from '../quote/style.ts'
import type { Review } from '../request/reviewed.ts'
import type { DiffResult } from '../result/diff.ts'
import type { ExplainResult } from '../result/explain.ts'
import type { Matrix } from '../result/matrix.ts'
import type { Result, ScenarioResult } from '../result/result.ts'
import type { Tested } from '../result/tested.ts'

/** The reports: one kind for each command that has a result. */
export type Report =
  /** Of `run`, `merge` and `show`. */
  | { readonly kind: 'run'; readonly result: Result }
  | { readonly kind: 'diff'; readonly result: DiffResult }
  | { readonly kind: 'matrix'; readonly matrix: Matrix }
  | { readonly kind: 'review'; readonly review: Review; readonly tested: Tested }
  | { readonly kind: 'explanation'; readonly result: ExplainResult }

export type ReportKind = Report['kind']

export interface Look {
  /** Colours, and the columns that tables may use. */
  readonly style: Style
  /** Only wrong results. */
  readonly quiet: boolean
}

export interface Reporter {
  readonly name: string
  /**
   * The kind of its text, which decides how it is printed: `text` for people, `json` for programs,
   * `commands` for a CI system that reads commands from the job's output.
   */
  readonly medium: 'text' | 'json' | 'commands'
  /** The whole text. The same report and look give the same text. */
  render(report: Report, look: Look): string
  /** For a reporter that prints while a run goes on. Joined by empty lines, its parts are `render`. */
  readonly live?: Live
}

export interface Live {
  /** Empty if there is nothing to report. */
  scenario(scenario: ScenarioResult, look: Look): string
  end(result: Result, look: Look): string
}
