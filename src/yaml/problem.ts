/** What is wrong in a file, and where. */
import type { Place } from '../policy/policy.ts'

export interface Problem {
  readonly at: Place
  /** What is wrong, with the value and what is allowed. */
  readonly message: string
}

export type Reading<T> =
  | { readonly ok: true; readonly value: T; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] }

/** `scenarios/x.yaml:12:9: ports "1-70000": 70000 is above 65535` */
export function problemText({ at, message }: Problem): string {
  return `${at.file}:${at.line}:${at.column}: ${message}`
}

export function inOrder(problems: readonly Problem[]): Problem[] {
  return problems.toSorted((a, b) => a.at.line - b.at.line || a.at.column - b.at.column)
}
