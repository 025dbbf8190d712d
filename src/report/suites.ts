/** Any result as suites of test cases. */

import type { Suite } from './case.ts'
import { casesOfDiff } from './cases-diff.ts'
import { casesOfExplanation } from './cases-explanation.ts'
import { casesOfMatrix } from './cases-matrix.ts'
import { casesOfReview } from './cases-review.ts'
import { casesOfRun } from './cases-run.ts'
import type { Report } from './reporter.ts'

export function suitesOf(report: Report): Suite[] {
  switch (report.kind) {
    case 'run':
      return casesOfRun(report.result)
    case 'diff':
      return casesOfDiff(report.result)
    case 'matrix':
      return casesOfMatrix(report.matrix)
    case 'review':
      return casesOfReview(report.review)
    case 'explanation':
      return casesOfExplanation(report.result)
    default:
      throw new Error(`unknown report ${JSON.stringify(report satisfies never)}`)
  }
}
