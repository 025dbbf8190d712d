/** Rules that were not tested, and what a scenario says of them. */

import type { SourcePosition } from '../input/position.ts'
import type { RulePlace } from '../nft/facts.ts'
import type { RuleSources } from '../nft/source-map.ts'
import type { ScenarioResult, UntestedResult } from './result.ts'

/** A rule that is accepted untested. */
export interface AcceptedRule {
  readonly rule: string
  readonly reason: string
  readonly at: SourcePosition
}

export interface UntestedRule {
  readonly where: RulePlace
  /** What it asks that no probe is varied for: `tcp option maxseg`, `marks`. */
  readonly what: readonly string[]
}

export function untestedResult({ where, what }: UntestedRule, places: RuleSources): UntestedResult {
  const { family, table, chain, handle, text } = where
  const at = handle === undefined ? undefined : places.get(`${family} ${table} ${handle}`)
  return {
    rule: text,
    chain: `${family} ${table} ${chain}`,
    ...(at ? { at: { file: at.file, line: at.line } } : {}),
    what,
  }
}

export interface Judged {
  readonly untested: readonly UntestedResult[]
  /** Of the scenario's list: what names no rule that was not tested. */
  readonly notes: readonly string[]
}

/** Either family finds the same rules; each is told once, with all that it asks. */
export function judgeUntested(
  found: readonly UntestedResult[],
  accepted: readonly AcceptedRule[] = [],
): Judged {
  const groups = [...Map.groupBy(found, untestedKey).values()]
  const untested = groups.map((same): UntestedResult => {
    const what = [...new Set(same.flatMap((one) => one.what))]
    const by = accepted.find((one) => isNamed(same[0]!, one))
    return { ...same[0]!, what, ...(by ? { accepted: by.reason } : {}) }
  })
  const idle = accepted.filter((one) => !found.some((rule) => isNamed(rule, one)))
  return {
    untested,
    notes: idle.map(
      ({ rule, at }) =>
        `${at.file}:${at.line}: untested: ${JSON.stringify(rule)} is no rule that was left untested`,
    ),
  }
}

const untestedKey = ({ rule, chain, at }: UntestedResult): string =>
  JSON.stringify([chain, rule, at?.file, at?.line])

const isNamed = ({ rule }: UntestedResult, accepted: AcceptedRule): boolean =>
  plainRule(rule) === plainRule(accepted.rule)

/** Counters and blanks do not make another rule. */
const plainRule = (text: string): string =>
  text
    .replaceAll(/\bcounter(?: packets \d+ bytes \d+)?\b/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()

/** `home.nft:12: tcp option maxseg size 1-500 drop: no probe is varied for tcp option maxseg` */
export function untestedWords({ rule, chain, at, what }: UntestedResult): string {
  const place = at ? `${at.file}:${at.line}` : chain
  return `${place}: ${rule}: no probe is varied for ${what.join(', ')}`
}

/** Why the scenario is not proved; none where it accepts all of them. */
export function untestedProblems({ untested = [] }: Pick<ScenarioResult, 'untested'>): string[] {
  return untested
    .filter(({ accepted }) => accepted === undefined)
    .map((rule) => `not proved: ${untestedWords(rule)}`)
}

/** What the scenario accepts. */
export function acceptedWords({ untested = [] }: Pick<ScenarioResult, 'untested'>): string[] {
  return untested.flatMap((rule) =>
    rule.accepted === undefined
      ? []
      : [`accepted untested: ${untestedWords(rule)} (${rule.accepted})`],
  )
}
