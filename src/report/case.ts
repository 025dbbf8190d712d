/**
 * A result as test cases, for reports that CI systems read. A case is named by its path and its
 * policy line, never by an outcome: one wrong port changes the result of a case, but not the list
 * of cases.
 */
import type { SourceLine } from '../firewall/firewall.ts'

/** `error`: unknown. An unknown result never passes. */
export type CaseStatus = 'passed' | 'failed' | 'error'

/** One wrong or unknown result. */
export interface Finding {
  readonly status: Exclude<CaseStatus, 'passed'>
  /** In one line: `port 25: expected blocked, observed OPEN`. */
  readonly message: string
  readonly details?: readonly string[]
  /** The position to correct, if it is known. */
  readonly at?: SourceLine | undefined
}

export interface Case {
  readonly name: string
  readonly status: CaseStatus
  readonly findings: readonly Finding[]
}

export interface Suite {
  readonly name: string
  readonly cases: readonly Case[]
  readonly totalMs?: number
  readonly startedAt?: string
}

export function caseOf(name: string, findings: readonly Finding[]): Case {
  return { name, status: worstOf(findings), findings }
}

function worstOf(findings: readonly Finding[]): CaseStatus {
  if (findings.some(({ status }) => status === 'failed')) return 'failed'
  return findings.length > 0 ? 'error' : 'passed'
}

/** Joins cases with the same name into one case, at the position of the first. */
export function merged(cases: readonly Case[]): Case[] {
  const byName = Map.groupBy(cases, ({ name }) => name)
  return [...byName].map(([name, own]) =>
    caseOf(
      name,
      own.flatMap(({ findings }) => findings),
    ),
  )
}

export const errors = (messages: readonly string[]): Finding[] =>
  messages.map((message) => ({ status: 'error', message }))

/** The case for problems of no path. Every suite has it. */
export const MEASUREMENT = 'measurement'

/** If the verdict is not good, at least one case must fail. */
export function withVerdict(suites: readonly Suite[], isGood: boolean, words: string): Suite[] {
  const isSaid = suites.some(({ cases }) => cases.some(({ status }) => status !== 'passed'))
  if (isGood || isSaid) return [...suites]
  const verdict = caseOf(MEASUREMENT, errors([words]))
  const [first, ...rest] = suites
  if (!first) return [{ name: 'nftproof', cases: [verdict] }]
  return [{ ...first, cases: merged([...first.cases, verdict]) }, ...rest]
}
