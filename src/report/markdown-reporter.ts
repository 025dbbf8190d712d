/** Markdown for a comment or a CI page. Each kind of result has its own page. */
import { renderDiffMarkdown } from './diff-markdown.ts'
import { renderExplanationMarkdown } from './explain-markdown.ts'
import { renderMarkdown } from './markdown.ts'
import { renderMatrixMarkdown } from './matrix-markdown.ts'
import type { Report, Reporter } from './reporter.ts'
import { renderReviewMarkdown } from './request-markdown.ts'

export const markdown: Reporter = { name: 'markdown', medium: 'text', render: pageOf }

function pageOf(report: Report): string {
  switch (report.kind) {
    case 'run':
      return renderMarkdown(report.result)
    case 'diff':
      return renderDiffMarkdown(report.result)
    case 'matrix':
      return renderMatrixMarkdown(report.matrix)
    case 'review':
      return renderReviewMarkdown(report.review)
    case 'explanation':
      return renderExplanationMarkdown(report.result)
    default:
      throw new Error(`unknown report ${JSON.stringify(report satisfies never)}`)
  }
}
