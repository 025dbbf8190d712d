/** nftables text with all included files in place, as nft's own scanner inserts them. */
import type { Stretch } from '../../src/firewall/firewall.ts'
import { MAX_LINES_LENGTH } from '../../src/input/limits.ts'
import { type Include, includesIn } from '../../src/nft/text/includes.ts'
import { InputError } from '../system/errors.ts'
import { folderRoot, OutsideRoot, rootOf } from '../system/file-root.ts'
import { readText } from '../system/text-file.ts'
import { textInRevision } from './git.ts'
import { includedFiles } from './nft-included-files.ts'
import { type Origin, originText } from './origin.ts'
import { refuseStrange } from './strange.ts'

export interface Joined {
  readonly text: string
  readonly stretches: readonly Stretch[]
}

/** The depth of nested includes that nft allows (MAX_INCLUDE_DEPTH). */
const MOST_NESTED = 16
/** Limits files that include each other, whose number doubles with each level. */
const MOST_INCLUDED = 10_000

/**
 * Throws InputError for an include that is missing, includes itself or is outside the root, and for
 * characters that nft does not accept.
 */
export function joinIncludes(text: string, origin: Origin): Joined {
  const joiner = new Joiner(rootFor(origin))
  joiner.add(text, origin, [])
  return joiner.joined()
}

/**
 * git runs here, so a file that a revision includes from the disk is named relative to this folder.
 */
const rootFor = (origin: Origin): string =>
  origin.kind === 'revision' ? folderRoot('.') : (origin.root ?? rootOf(origin.path))

class Joiner {
  readonly #root: string
  readonly #parts: string[] = []
  readonly #stretches: Stretch[] = []
  /** The line of the joined text, from 1. */
  #line = 1
  #length = 0
  #isAtStart = true
  #included = 0

  constructor(root: string) {
    this.#root = root
  }

  joined(): Joined {
    return { text: this.#parts.join(''), stretches: this.#stretches }
  }

  add(text: string, origin: Origin, above: readonly string[]): void {
    const file = originText(origin)
    refuseStrange(text, file)
    let at = 0
    this.#stretch(file, 1)
    for (const include of includesIn(text)) {
      this.#append(text.slice(at, include.from))
      this.#endLine()
      this.#include(include, origin, [...above, file])
      this.#stretch(file, include.line)
      at = include.to
    }
    this.#append(text.slice(at))
    this.#endLine()
  }

  #append(text: string): void {
    if (text === '') return
    this.#parts.push(text)
    this.#length += text.length
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.#line++
    this.#isAtStart = text.endsWith('\n')
  }

  #endLine(): void {
    if (!this.#isAtStart) this.#append('\n')
  }

  #stretch(file: string, line: number): void {
    this.#stretches.push({ from: this.#line, file, line })
  }

  #include(include: Include, origin: Origin, above: readonly string[]): void {
    const fail = (why: string) =>
      new InputError(
        `${originText(origin)}:${include.line}:${include.column}: include ${JSON.stringify(include.pattern)}: ${why}`,
      )
    if (above.length >= MOST_NESTED)
      throw fail(`nested too deep: the limit is ${MOST_NESTED} levels`)
    for (const one of this.#find(include, origin, fail)) {
      if (above.includes(originText(one))) throw fail('the file includes itself')
      if (++this.#included > MOST_INCLUDED || this.#length > MAX_LINES_LENGTH)
        throw fail(
          `the files together are too long: the limits are ${MOST_INCLUDED.toLocaleString('en')} files and ${MAX_LINES_LENGTH.toLocaleString('en')} characters`,
        )
      this.add(this.#textOf(one, fail), one, above)
    }
  }

  #find(include: Include, origin: Origin, fail: (why: string) => InputError): Origin[] {
    const found = includedFiles(include.pattern, origin, this.#root)
    if (typeof found === 'string') throw fail(found)
    return found
  }

  /** The file may have been replaced since it was found. */
  #textOf(origin: Origin, fail: (why: string) => InputError): string {
    if (origin.kind === 'revision') return textInRevision(origin)
    try {
      return readText(origin.path, 'ruleset', this.#root)
    } catch (error) {
      if (error instanceof OutsideRoot) throw fail(error.message)
      throw error
    }
  }
}
