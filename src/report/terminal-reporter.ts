/** Reports for people at a terminal. Each kind of result has its own page. */
import { renderDiff } from './diff-terminal.ts'
import { renderExplanation } from './explain-terminal.ts'
import { renderMatrix } from './matrix-terminal.ts'
import { narrowed } from './narrow.ts'
import type { Live, Look, Report, Reporter } from './reporter.ts'
import { renderReview } from './request-terminal.ts'
import { renderScenario, renderScenarioQuietly } from './terminal.ts'
import { renderSummary } from './terminal-summary.ts'

const live: Live = {
  scenario: (scenario, { style, quiet }) =>
    narrowed(
      quiet ? renderScenarioQuietly(scenario, style) : renderScenario(scenario, style),
      style,
    ),
  end: (result, { style }) => narrowed(renderSummary(result, style), style),
}

export const terminal: Reporter = {
  name: 'terminal',
  medium: 'text',
  live,
  render(report, look) {
    if (report.kind !== 'run') return narrowed(pageOf(report, look), look.style)
    const { result } = report
    const scenarios = result.scenarios.map((one) => live.scenario(one, look)).filter(Boolean)
    return [...scenarios, live.end(result, look)].join('\n\n')
  },
}

function pageOf(report: Exclude<Report, { kind: 'run' }>, { style }: Look): string {
  switch (report.kind) {
    case 'diff':
      return renderDiff(report.result, style)
    case 'matrix':
      return renderMatrix(report.matrix, style)
    case 'review':
      return renderReview(report.review, style)
    case 'explanation':
      return renderExplanation(report.result, style)
    default:
      throw new Error(`unknown report ${JSON.stringify(report satisfies never)}`)
  }
}
