/** What vitest's own reports say of the runs, and what follows for the whole check. */
import { stripVTControlCharacters } from 'node:util'

/** One run of vitest. `broken` says why its numbers are not the whole truth. */
export interface Run {
  readonly name: string
  readonly passed: number
  readonly failed: number
  readonly skipped: number
  readonly broken?: string
  /** Each failed test with the start of its message, for a log of which only the end is kept. */
  readonly failures?: readonly string[]
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
  const failures = counts.failed > 0 ? failuresOf(JSON.parse(text!)) : []
  return {
    name,
    ...counts,
    ...(broken && { broken }),
    ...(failures.length > 0 && { failures }),
  }
}

interface Report {
  readonly testResults?: readonly {
    readonly name: string
    readonly assertionResults: readonly {
      readonly status: string
      readonly fullName: string
      readonly failureMessages?: readonly string[] | null
    }[]
  }[]
}

/** Failures that are repeated at the end, and lines of each message. */
const REPEATED = 20
const MESSAGE_LINES = 12

function failuresOf({ testResults = [] }: Report): string[] {
  const failed = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults
      .filter(({ status }) => status === 'failed')
      .map(({ fullName, failureMessages }) =>
        [`✘ ${name} > ${fullName}`, ...startOf(failureMessages?.[0] ?? '')].join('\n'),
      ),
  )
  return failed.slice(0, REPEATED)
}

const startOf = (message: string): string[] =>
  stripVTControlCharacters(message)
    .split('\n')
    .slice(0, MESSAGE_LINES)
    .map((line) => `    ${line}`)

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
  /** Failed tests and reasons first, and in the last line the sum, which CI reads. */
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
    lines: [...runs.flatMap(({ failures = [] }) => failures), ...reasons, last],
  }
}
