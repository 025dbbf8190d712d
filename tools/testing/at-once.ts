/**
 * A reporter of vitest that prints why a test failed, or was skipped, as soon as
 * that is known. The default one tells the reasons only after the last test.
 */
import { stripVTControlCharacters } from 'node:util'
import type { Reporter, TestCase, TestModule, TestSuite } from 'vitest/node'

/** What vitest knows of an error, as far as it is printed. */
export interface Failure {
  readonly message: string
  readonly diff?: string
  readonly stacks?: readonly { readonly file: string; readonly line: number }[]
}

export default class AtOnce implements Reporter {
  readonly #running = new Set<string>()

  onTestModuleQueued(file: TestModule): void {
    this.#running.add(file.relativeModuleId)
  }

  /** A process of tests that was killed, and errors that no test caught. */
  onTestRunEnd(_: unknown, errors: readonly Failure[]): void {
    if (errors.length === 0) return
    const running = [...this.#running].join(', ')
    print(`✘ outside of the tests${running && `, while these ran: ${running}`}`, errors)
  }

  onTestCaseResult(test: TestCase): void {
    const { state, errors = [], ...more } = test.result()
    const note = 'note' in more ? more.note : undefined
    // Without a note it was left out on the command line, or by a hook that failed.
    if (state === 'skipped' && note !== undefined) print(`↓ ${testName(test)}`, [{ message: note }])
    if (state === 'failed') print(`✘ ${testName(test)}`, errors)
  }

  /** What failed outside of any test: beforeAll, afterAll, a file that does not load. */
  onTestSuiteResult(suite: TestSuite): void {
    printErrors(suite.fullName, suite)
  }

  onTestModuleEnd(file: TestModule): void {
    this.#running.delete(file.relativeModuleId)
    printErrors(file.relativeModuleId, file)
  }
}

const testName = ({ module, fullName }: TestCase): string =>
  `${module.relativeModuleId} > ${fullName}`

function printErrors(name: string, of: TestSuite | TestModule): void {
  const errors = of.errors()
  if (errors.length > 0) print(`✘ ${name}`, errors)
}

function print(title: string, errors: readonly Failure[]): void {
  process.stdout.write(`${[title, ...errors.flatMap(linesOf)].join('\n')}\n`)
}

/** The message, the difference, and where it was noticed. */
export function linesOf({ message, diff, stacks = [] }: Failure): string[] {
  const at = stacks[0] && `at ${stacks[0].file}:${stacks[0].line}`
  const parts = [message, diff, at].filter((part) => part !== undefined)
  return parts.flatMap((part) =>
    stripVTControlCharacters(part)
      .split('\n')
      .map((line) => `    ${line}`),
  )
}
