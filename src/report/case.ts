/**
 * A result as test cases, for reports that CI systems read. A case is named by its path and its
 * policy line, never by an outcome: one wrong port changes the result of a case, but not the list
 * of cases.
 */
import type { SourceLine } from '../firewall/firewall.ts'

/** `error`: not known, which never passes. */
export type CaseStatus = 'passed' | 'failed' | 'error'

/** One thing that is wrong or not known. */
export interface Finding {
  readonly status: Exclude<CaseStatus, 'passed'>
  /** In one line: `port 25: expected blocked, observed OPEN`. */
  readonly message: string
  readonly details?: readonly string[]
  /** Where it is to be mended, as far as that is known. */
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

/** Cases of one name are one case, where the first of them stands: the same was asked twice. */
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

/** The case for what belongs to no path; it is there in every suite. */
export const MEASUREMENT = 'measurement'

/** Where the whole is not good, some case must say so. */
export function withVerdict(suites: readonly Suite[], isGood: boolean, words: string): Suite[] {
  const isSaid = suites.some(({ cases }) => cases.some(({ status }) => status !== 'passed'))
  if (isGood || isSaid) return [...suites]
  const verdict = caseOf(MEASUREMENT, errors([words]))
  const [first, ...rest] = suites
  if (!first) return [{ name: 'nftproof', cases: [verdict] }]
  return [{ ...first, cases: merged([...first.cases, verdict]) }, ...rest]
}
