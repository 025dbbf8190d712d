/** Pages that are made from the code: the command line, and the formats of results. */
import { commandLinePage } from './command-line.ts'
import { formatsPage } from './formats.ts'

/** Text by path from the root. */
export function generatedPages(): Map<string, string> {
  return new Map([
    ['docs/cli.md', commandLinePage()],
    ['docs/result-format.md', formatsPage()],
  ])
}
