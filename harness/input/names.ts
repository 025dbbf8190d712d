/** Resolves the names of files in another file, and reports those outside the root. */

import { dirname, resolve } from 'node:path'
import type { SourcePosition } from '../../src/input/position.ts'
import type { Problem } from '../../src/input/problem.ts'
import { quotedPath } from '../../src/input/quoted.ts'
import { outsideWords } from '../system/file-root.ts'
import { followed } from '../system/followed-path.ts'
import { shown } from '../system/text-file.ts'
import { isWithin } from '../system/within.ts'

export class Names {
  readonly problems: Problem[] = []
  /** The real path of the folder that they must not leave. */
  readonly root: string
  readonly #folder: string
  readonly #refused = new Set<string>()

  constructor(file: string, root: string) {
    this.root = root
    this.#folder = dirname(file)
  }

  /** The path for a name. `at`: the position of the name. */
  readonly resolve = (name: string, at: SourcePosition): string => {
    const path = resolve(this.#folder, name)
    if (!this.leadsOut(path) || this.#refused.has(path)) return path
    this.#refused.add(path)
    const message = `${quotedPath(shown(path))}: ${outsideWords(this.root)}`
    this.problems.push({ at, message })
    return path
  }

  /** Whether it was refused. A refused file is not opened. */
  isRefused(path: string): boolean {
    return this.#refused.has(path)
  }

  leadsOut(path: string): boolean {
    const real = followed(path)
    return real === undefined || !isWithin(this.root, real)
  }
}
