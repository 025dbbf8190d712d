/** Reports of a result besides the terminal: JUnit and Markdown, if requested. */
import type { Result } from '../../src/result/result.ts'
import { writeWhole } from '../system/write-file.ts'
import { summarized, tryWriting } from './console.ts'

export interface ReportFlags {
  readonly junit?: string
  readonly markdown?: string
}

/** False if one could not be written. A message then gives the reason. */
export async function writeReports(
  result: Result,
  { junit, markdown }: ReportFlags,
): Promise<boolean> {
  const attempts = [
    junit === undefined
      ? true
      : tryWriting(junit, async () => {
          const { renderJunit } = await import('../../src/report/junit.ts')
          writeWhole(junit, renderJunit(result))
        }),
    markdown === undefined
      ? true
      : tryWriting(markdown, async () => writeWhole(markdown, await markdownOf(result))),
    summarized(() => markdownOf(result)),
  ]
  return (await Promise.all(attempts)).every(Boolean)
}

async function markdownOf(result: Result): Promise<string> {
  const { renderMarkdown } = await import('../../src/report/markdown.ts')
  return renderMarkdown(result)
}
