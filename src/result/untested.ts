/** Rules that were not tested, and which of them a scenario accepts. */

import type { SourcePosition } from '../input/position.ts'
import type { RulePlace } from '../nft/facts.ts'
import type { RuleSources } from '../nft/source-map.ts'
import type { ScenarioResult, UntestedResult } from './result.ts'

/** A rule that the scenario accepts untested. */
export interface AcceptedRule {
  readonly rule: string
  readonly reason: string
  readonly at: SourcePosition
}

export interface UntestedRule {
  readonly where: RulePlace
  /** The properties that the rule compares and no probe varies: `tcp option maxseg`, `marks`. */
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
  /** Entries of the scenario's list that match no untested rule. */
  readonly notes: readonly string[]
}

/**
 * Both families find the same rules. Each rule is listed once, with all its untested properties.
 */
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
        `${at.file}:${at.line}: untested: ${JSON.stringify(rule)} matches no untested rule: remove this entry`,
    ),
  }
}

const untestedKey = ({ rule, chain, at }: UntestedResult): string =>
  JSON.stringify([chain, rule, at?.file, at?.line])

const isNamed = ({ rule }: UntestedResult, accepted: AcceptedRule): boolean =>
  plainRule(rule) === plainRule(accepted.rule)

/** Rules that differ only in counters and blanks are the same. */
const plainRule = (text: string): string =>
  text
    .replaceAll(/\bcounter(?: packets \d+ bytes \d+)?\b/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()

/** `home.nft:12: tcp option maxseg size 1-500 drop: no probe varies tcp option maxseg` */
export function untestedWords({ rule, chain, at, what }: UntestedResult): string {
  const place = at ? `${at.file}:${at.line}` : chain
  return `${place}: ${rule}: no probe varies ${what.join(', ')}`
}

/** Why the scenario is not proved. Empty if it accepts all untested rules. */
export function untestedProblems({ untested = [] }: Pick<ScenarioResult, 'untested'>): string[] {
  return untested
    .filter(({ accepted }) => accepted === undefined)
    .map((rule) => `not proved: ${untestedWords(rule)}`)
}

/** The untested rules that the scenario accepts, with their reasons. */
export function acceptedWords({ untested = [] }: Pick<ScenarioResult, 'untested'>): string[] {
  return untested.flatMap((rule) =>
    rule.accepted === undefined
      ? []
      : [`accepted untested: ${untestedWords(rule)} (${rule.accepted})`],
  )
}
