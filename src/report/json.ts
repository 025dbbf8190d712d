/** The whole result as JSON, in the published shape of its kind. */
import { reviewText } from '../request/review-text.ts'
import type { Report, Reporter } from './reporter.ts'

export const json: Reporter = {
  name: 'json',
  medium: 'json',
  render: (report) => `${textOf(report)}\n`,
}

function textOf(report: Report): string {
  switch (report.kind) {
    case 'run':
    case 'diff':
    case 'explanation':
      return JSON.stringify(report.result, null, 1)
    case 'matrix':
      return JSON.stringify(report.matrix, null, 1)
    case 'review':
      return reviewText(report.review, report.tested)
    default:
      throw new Error(`unknown report ${JSON.stringify(report satisfies never)}`)
  }
}
