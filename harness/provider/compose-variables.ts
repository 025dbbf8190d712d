/**
 * Environment variables that a compose file uses. Their values belong to the user, not to the file.
 */
import type { Path, YamlDocument } from '../../src/input/document.ts'
import type { Problem } from '../../src/input/problem.ts'
import { quoted } from '../../src/input/quoted.ts'

const VARIABLE = /\$(?:\$|(\w+)|\{([^}]*)\})/g
const NAMED = /^(\w+)(?::?-(.*))?$/s

/**
 * `$NAME`, `${NAME}` and `${NAME:-default}`; `$$` is a dollar sign. A variable that is set in the
 * environment may be secret, so it is used only if the file is trusted. If not, its default is not
 * used either.
 */
export class Variables {
  readonly problems: Problem[] = []
  readonly #document: YamlDocument
  readonly #isTrusted: boolean

  constructor(document: YamlDocument, isTrusted: boolean) {
    this.#document = document
    this.#isTrusted = isTrusted
  }

  filled(value: unknown, path: Path): unknown {
    if (typeof value === 'string') return this.#text(value, path)
    if (Array.isArray(value)) return value.map((one, i) => this.filled(one, [...path, i]))
    if (typeof value !== 'object' || value === null) return value
    const entries = Object.entries(value)
    return Object.fromEntries(entries.map(([key, one]) => [key, this.filled(one, [...path, key])]))
  }

  /** The value in the environment. Undefined if it is not set, or not allowed for this file. */
  valueOf(name: string, path: Path, written = name): string | undefined {
    const found = process.env[name]
    if (found === undefined || this.#isTrusted) return found
    const message = `environment ${quoted(written)}: gives the container a variable of this machine's environment: write the value here, or allow it (--trust environment)`
    this.#complain(path, message)
    return undefined
  }

  #text(text: string, path: Path): string {
    return text.replaceAll(VARIABLE, (whole, bare: string | undefined, inner = '') => {
      if (whole === '$$') return '$'
      const [, name, otherwise] = NAMED.exec(bare ?? inner) ?? []
      if (name === undefined) {
        this.#complain(
          path,
          `${quoted(whole)} is not a variable: write \${NAME} or \${NAME:-DEFAULT}`,
        )
        return whole
      }
      const found = this.valueOf(name, path, whole) ?? otherwise
      if (found !== undefined) return found
      if (process.env[name] === undefined)
        this.#complain(
          path,
          `${quoted(whole)} is not in the environment: set it, or write \${${name}:-DEFAULT}`,
        )
      return whole
    })
  }

  #complain(path: Path, message: string): void {
    this.problems.push({ at: this.#document.place(path), message })
  }
}
