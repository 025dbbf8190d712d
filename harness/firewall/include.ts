/** nftables text with everything that it includes in its place, as nft's own scanner puts it there. */
import { existsSync, globSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import type { Stretch } from '../../src/firewall/firewall.ts'
import { type Token, tokensOf } from '../../src/nft-text/tokens.ts'
import { InputFailure } from '../failure.ts'
import { readText, shown } from '../text-file.ts'
import { besideInRevision, named, type Revisioned, relativeTo, textInRevision } from './git.ts'

/** A file on disk, or in a git revision. */
export type Origin =
  | { readonly kind: 'file'; readonly path: string }
  | ({ readonly kind: 'revision' } & Revisioned)

export interface Joined {
  readonly text: string
  readonly stretches: readonly Stretch[]
}

/** Includes within includes, as nft counts them (MAX_INCLUDE_DEPTH). */
const MOST_NESTED = 16
/** Where nft looks for relative names last (DEFAULT_INCLUDE_PATH). */
const LAST_FOLDER = '/etc'

/** Throws InputFailure for an include that is missing, or that includes itself. */
export function joinIncludes(text: string, origin: Origin): Joined {
  const joiner = new Joiner()
  joiner.add(text, origin, [])
  return joiner.joined()
}

export function nameOf(origin: Origin): string {
  return origin.kind === 'file' ? shown(origin.path) : named(origin)
}

class Joiner {
  readonly #lines: string[] = []
  readonly #stretches: Stretch[] = []

  joined(): Joined {
    return { text: `${this.#lines.join('\n')}\n`, stretches: this.#stretches }
  }

  add(text: string, origin: Origin, above: readonly string[]): void {
    const file = nameOf(origin)
    const includes = new Map(includesIn(text).map((include) => [include.line, include]))
    this.#stretch(file, 1)
    for (const [i, line] of text.replace(/\n$/, '').split('\n').entries()) {
      const include = includes.get(i + 1)
      if (!include) {
        this.#lines.push(line)
        continue
      }
      const [before, after] = [line.slice(0, include.from), line.slice(include.to)]
      this.#lines.push(before)
      this.#include(include, origin, [...above, file])
      this.#stretch(file, i + 1)
      this.#lines.push(after)
      this.#stretch(file, i + 2)
    }
  }

  #stretch(file: string, line: number): void {
    this.#stretches.push({ from: this.#lines.length + 1, file, line })
  }

  #include(include: Include, origin: Origin, above: readonly string[]): void {
    const at = `${nameOf(origin)}:${include.line}:${include.from + 1}`
    const fail = (why: string) => new InputFailure(`${at}: include "${include.pattern}": ${why}`)
    const found = find(include.pattern, origin)
    if (found.length === 0 && !isWildcard(include.pattern)) throw fail('no such file')
    for (const one of found) {
      if (above.includes(nameOf(one))) throw fail('the file includes itself')
      if (above.length >= MOST_NESTED)
        throw fail(`more than ${MOST_NESTED} files within each other`)
      this.add(textOf(one), one, above)
    }
  }
}

interface Include {
  readonly pattern: string
  readonly line: number
  /** Columns from 0 of the statement in its line. */
  readonly from: number
  readonly to: number
}

/** Statements only: the word within a comment, a string or a rule is none. */
function includesIn(text: string): Include[] {
  const tokens = tokensOf(text)
  return tokens.flatMap((token, i) => {
    const [before, name] = [tokens[i - 1], tokens[i + 1]]
    const begins = !before || before.kind === 'end' || /^[{}]$/.test(before.text)
    if (token.text !== 'include' || token.kind !== 'word' || !begins || name?.kind !== 'string')
      return []
    return [{ pattern: name.text, line: token.line, from: token.column - 1, to: endOf(name) }]
  })
}

const endOf = ({ column, text }: Token): number => column - 1 + text.length + 2

const isWildcard = (pattern: string): boolean => /[*?[]/.test(pattern)

/** In nft's order, by name. */
function find(pattern: string, origin: Origin): Origin[] {
  if (origin.kind === 'revision' && !isAbsolute(pattern)) return findInRevision(pattern, origin)
  const folders = isAbsolute(pattern)
    ? ['']
    : [...(origin.kind === 'file' ? [dirname(origin.path)] : []), LAST_FOLDER]
  for (const folder of folders) {
    const path = join(folder, pattern)
    const found = isWildcard(pattern) ? globSync(path).sort() : existsSync(path) ? [path] : []
    const files = found.filter((one) => !statSync(one).isDirectory())
    if (files.length > 0) return files.map((file) => ({ kind: 'file', path: file }))
  }
  return []
}

const findInRevision = (pattern: string, origin: Revisioned): Origin[] =>
  besideInRevision(relativeTo(origin, pattern)).map((found) => ({ kind: 'revision', ...found }))

const textOf = (origin: Origin): string =>
  origin.kind === 'file' ? readText(origin.path, 'ruleset') : textInRevision(origin)
