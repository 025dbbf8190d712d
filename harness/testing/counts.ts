/** What vitest's own reports say of the runs, and what follows for the whole check. */

/** One run of vitest. `broken` says why its numbers are not the whole truth. */
export interface Run {
  readonly name: string
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly broken?: string
}

/**
 * Reads the JSON report of a run; `text` is undefined where vitest wrote none,
 * `status` is vitest's exit code (null: killed). The counts are vitest's, never made up: what they
 * cannot say, such as a file that does not even load, is in `broken`.
 */
export function readRun(name: string, text: string | undefined, status: number | null): Run {
  const counts = text === undefined ? undefined : countsOf(text)
  if (!counts) return { name, ...NONE, broken: `vitest wrote no report (${ended(status)})` }
  const broken = whyBroken(counts, status)
  return { name, ...counts, ...(broken && { broken }) }
}

type Counts = Pick<Run, 'passed' | 'failed' | 'skipped'>

const NONE: Counts = { passed: 0, failed: 0, skipped: 0 }

function countsOf(text: string): Counts | undefined {
  try {
    const report = JSON.parse(text)
    const counts = {
      passed: report.numPassedTests,
      failed: report.numFailedTests,
      skipped: report.numPendingTests + report.numTodoTests,
    }
    return Object.values(counts).every(Number.isInteger) ? counts : undefined
  } catch {
    return undefined
  }
}

function whyBroken({ passed, failed }: Counts, status: number | null): string | undefined {
  if (passed + failed === 0) return 'no test ran'
  if (status !== 0 && failed === 0) return `no test failed, but vitest ${ended(status)}: see above`
  return undefined
}

function ended(status: number | null): string {
  return status === null ? 'was killed' : `ended with code ${status}`
}

export interface Verdict {
  readonly passes: boolean
  /** Reasons first, and in the last line the sum, which CI reads. */
  readonly lines: readonly string[]
}

/** `faults` are reasons from outside the tests; skipped tests are one where `skipsFail`. */
export function conclude(
  runs: readonly Run[],
  faults: readonly string[],
  skipsFail: boolean,
): Verdict {
  const sum = (key: keyof Counts): number => runs.reduce((n, run) => n + run[key], 0)
  const reasons = [
    ...faults,
    ...runs.flatMap(({ name, broken }) => (broken ? [`${name}: ${broken}`] : [])),
    ...(skipsFail && sum('skipped') > 0 ? ['skipped tests fail here, because CI is set'] : []),
  ]
  const last = `${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`
  return {
    passes: reasons.length === 0 && sum('failed') === 0 && sum('passed') > 0,
    lines: [...reasons, last],
  }
}
