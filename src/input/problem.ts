/** Errors in files, with their positions. */

import { terminalSafeLine } from '../quote/terminal.ts'
import type { SourcePosition } from './position.ts'

export interface Problem {
  readonly at: SourcePosition
  /** The error, with the wrong value and the allowed values. */
  readonly message: string
  /** Distinguishes problems at one position, if the message is expensive to make. */
  readonly key?: string
}

export type Reading<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** A problem whose message is made when it is printed: of many problems, most are never printed. */
export function lazily(at: SourcePosition, message: () => string, key?: string): Problem {
  let made: string | undefined
  return {
    at,
    ...(key === undefined ? {} : { key }),
    get message() {
      made ??= message()
      return made
    },
  }
}

/**
 * Appends to a list. `push(...items)` fails for long lists, because a call has a limited number of
 * arguments.
 */
export function append<T>(to: T[], more: readonly T[]): void {
  for (const one of more) to.push(one)
}

/** Characters of one problem that are printed. */
const LONGEST = 1000

/** `scenarios/x.yaml:12:9: ports "1-70000": 70000 is above 65535` */
export function problemText({ at, message }: Problem): string {
  const text = terminalSafeLine(`${at.file}:${at.line}:${at.column}: ${message}`)
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}

/** At most this many problems are printed; the others are counted. */
export const MAX_PRINTED = 50

/** One problem a line, by file and line; at most MAX_PRINTED. */
export function problemsText(problems: readonly Problem[]): string {
  const distinct = withoutRepeats(inOrder(problems))
  const printed = distinct.slice(0, MAX_PRINTED).map(problemText)
  const more = distinct.length - printed.length
  return [...printed, ...(more > 0 ? [moreText(more, 'problem')] : [])].join('\n')
}

/** `… and 39,950 more problems` */
export function moreText(count: number, noun: string): string {
  return `… and ${count.toLocaleString('en-US')} more ${noun}${count === 1 ? '' : 's'}`
}

/**
 * First the named files, then the others in order of appearance. Within a file, from top to bottom.
 */
export function inOrder(problems: readonly Problem[], first: readonly string[] = []): Problem[] {
  const files = new Map<string, number>()
  for (const file of [...first, ...problems.map(({ at }) => at.file)])
    if (!files.has(file)) files.set(file, files.size)
  return problems.toSorted(
    (a, b) =>
      files.get(a.at.file)! - files.get(b.at.file)! ||
      a.at.line - b.at.line ||
      a.at.column - b.at.column,
  )
}

/** Messages are compared only at equal positions, so few are made. */
function withoutRepeats(sorted: readonly Problem[]): Problem[] {
  let last: Problem | undefined
  let said = new Set<string>()
  return sorted.filter((problem, i) => {
    const isNew = !last || !isAt(last, problem)
    const next = sorted[i + 1]
    last = problem
    if (isNew) said = new Set()
    if (isNew && !(next && isAt(next, problem))) return true
    const key = problem.key ?? problem.message
    if (said.has(key)) return false
    said.add(key)
    return true
  })
}

const isAt = ({ at: a }: Problem, { at: b }: Problem): boolean =>
  a.file === b.file && a.line === b.line && a.column === b.column
