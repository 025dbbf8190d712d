/** Collects the errors in all files of one command, to report them together. */

import {
  inOrder,
  MAX_PRINTED,
  moreText,
  type Problem,
  problemsText,
} from '../../src/input/problem.ts'
import { InputError } from './errors.ts'

/** Errors with a position in a file. */
export class FaultyFiles extends InputError {
  readonly problems: readonly Problem[]
  /** Errors of files that cannot be read at all. */
  readonly messages: readonly string[]
  constructor(problems: readonly Problem[], messages: readonly string[] = []) {
    super(faultsText(problems, messages))
    this.name = 'FaultyFiles'
    this.problems = problems
    this.messages = messages
  }
}

function faultsText(problems: readonly Problem[], messages: readonly string[]): string {
  const printed = messages.slice(0, MAX_PRINTED).map(indented)
  const more = messages.length - printed.length
  return [
    ...printed,
    ...(more > 0 ? [moreText(more, 'file')] : []),
    ...(problems.length > 0 ? [problemsText(problems)] : []),
  ].join('\n')
}

/** Invalid input in several files: each file is read, whatever errors the others have. */
export class Faults {
  readonly #problems: Problem[] = []
  /** Errors of unreadable files. */
  readonly #messages: string[] = []

  /** In the order in which they are reported. */
  readonly #files: string[] = []

  /** Errors of this file are reported before those of files that are begun later. */
  begin(file: string): void {
    this.#files.push(file)
  }

  get isEmpty(): boolean {
    return this.#problems.length + this.#messages.length === 0
  }

  add(problems: readonly Problem[]): void {
    for (const problem of problems) this.#problems.push(problem)
  }

  /** Undefined if it fails because of invalid input. */
  attempt<T>(task: () => T): T | undefined {
    try {
      return task()
    } catch (error) {
      this.#keep(error)
      return undefined
    }
  }

  async attemptLater<T>(task: () => Promise<T>): Promise<T | undefined> {
    try {
      return await task()
    } catch (error) {
      this.#keep(error)
      return undefined
    }
  }

  /** Throws an InputError with all errors, if there are any. */
  finish(): void {
    if (this.isEmpty) return
    throw new FaultyFiles(inOrder(this.#problems, this.#files), [...new Set(this.#messages)])
  }

  #keep(error: unknown): void {
    if (error instanceof FaultyFiles) {
      this.add(error.problems)
      for (const message of error.messages) this.#messages.push(message)
    } else if (error instanceof InputError) this.#messages.push(error.message)
    else throw error
  }
}

/** Indents all lines after the first. */
export const indented = (text: string): string => text.replaceAll('\n', '\n  ')
