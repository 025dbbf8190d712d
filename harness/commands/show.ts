/** The handler of `nftproof show`. */
import { renderScenario, renderScenarioQuietly, renderSummary } from '../../src/report/terminal.ts'
import type { Result } from '../../src/result/result.ts'
import { say, sayJson, styleOf, tryWriting } from '../output/console.ts'
import { exitCodeOf } from '../output/exit-code.ts'
import { readResult, resultText } from '../output/result-store.ts'
import { EXIT } from '../system/errors.ts'
import { writeWhole } from '../system/write-file.ts'

export interface ShowFlags {
  readonly json?: boolean
  readonly quiet?: boolean
  readonly junit?: string
  readonly markdown?: string
}

export async function showCommand(path: string, flags: ShowFlags): Promise<number> {
  const result = await readResult(path)
  if (flags.json) sayJson(resultText(result))
  else print(result, flags)
  const written = await Promise.all([
    flags.junit === undefined ||
      tryWriting(flags.junit, async () => {
        const { renderJunit } = await import('../../src/report/junit.ts')
        writeWhole(flags.junit!, renderJunit(result))
      }),
    flags.markdown === undefined ||
      tryWriting(flags.markdown, async () => {
        const { renderMarkdown } = await import('../../src/report/markdown.ts')
        writeWhole(flags.markdown!, renderMarkdown(result))
      }),
  ])
  const verdict = exitCodeOf(result.status, result.scenarios)
  return verdict === EXIT.conforms && !written.every(Boolean) ? EXIT.notMeasured : verdict
}

function print(result: Result, { quiet }: ShowFlags): void {
  const style = styleOf(process.stdout)
  for (const scenario of result.scenarios) {
    const text = quiet ? renderScenarioQuietly(scenario, style) : renderScenario(scenario, style)
    if (text !== '') say(`${text}\n`)
  }
  say(renderSummary(result, style))
}
