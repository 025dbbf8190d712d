/** Pages that are made from the code and from other pages. */
import { commandLinePage } from './command-line.ts'
import { decisionsPage } from './decisions.ts'
import { formatsPage } from './formats.ts'

/** Text by path from the root. */
export function generatedPages(): Map<string, string> {
  return new Map([
    ['docs/cli.md', commandLinePage()],
    ['docs/result-format.md', formatsPage()],
    ['docs/decisions/README.md', decisionsPage()],
  ])
}
