/** What `nftproof show` does. */
import { writeFileSync } from 'node:fs'
import { renderScenario, renderScenarioQuietly, renderSummary } from '../src/report/terminal.ts'
import type { Result } from '../src/result.ts'
import type { ShowFlags } from './cli/show.ts'
import { exitCodeOf } from './exit-code.ts'
import { EnvironmentFailure } from './failure.ts'
import { say, styleOf } from './output.ts'
import { readResult, resultText } from './results.ts'

export async function showCommand(path: string, flags: ShowFlags): Promise<number> {
  const result = await readResult(path)
  if (flags.json) say(resultText(result).trimEnd())
  else print(result, flags)
  if (flags.junit !== undefined) {
    const { renderJunit } = await import('../src/report/junit.ts')
    write(flags.junit, renderJunit(result))
  }
  if (flags.markdown !== undefined) {
    const { renderMarkdown } = await import('../src/report/markdown.ts')
    write(flags.markdown, renderMarkdown(result))
  }
  return exitCodeOf(result.status, result.scenarios)
}

function print(result: Result, { quiet }: ShowFlags): void {
  const style = styleOf(process.stdout)
  for (const scenario of result.scenarios) {
    const text = quiet ? renderScenarioQuietly(scenario, style) : renderScenario(scenario, style)
    if (text !== '') say(`${text}\n`)
  }
  say(renderSummary(result, style))
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text)
  } catch (cause) {
    throw new EnvironmentFailure(`${file} could not be written: ${(cause as Error).message}`, {
      cause,
    })
  }
}
