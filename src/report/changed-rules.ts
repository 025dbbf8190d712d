/** Texts about changed rules: untested rules, shadowed rules, rules outside the comparison. */

import { counted } from '../net/text.ts'
import type { ChangedRule } from '../result/changed-rules.ts'

/** At most this many rules are listed. The JSON result lists all. */
const MAX_RULES = 20

/** `not proved: new.nft:7: tcp option maxseg size 1-500 drop: no probe varies tcp option maxseg`. */
export function untestedWords(rules: readonly ChangedRule[], isAccepted: boolean): string[] {
  const untested = rules.filter(({ state }) => state === 'untested')
  const head = isAccepted ? 'accepted untested' : 'not proved'
  return some(
    untested,
    (rule) => `${head}: ${placed(rule)}: ${rule.reason ?? 'no probe exercised it'}`,
  )
}

/** Rules that were tried, but whose effect nothing in the lab uses. */
export const effectlessWords = (rules: readonly ChangedRule[]): string[] =>
  some(
    rules.filter(({ state, reason }) => state === 'tried' && reason !== undefined),
    (rule) => `tried: ${placed(rule)}: ${rule.reason}`,
  )

export function shadowedWords(rules: readonly ChangedRule[]): string[] {
  return [
    ...some(
      rules.filter(({ state }) => state === 'shadowed'),
      (rule) => `shadowed: ${placed(rule)}: ${rule.by ? `by ${rule.by}` : rule.reason}`,
    ),
    ...some(
      rules.filter(({ state }) => state === 'not-asked'),
      (rule) => `not compared: ${placed(rule)}: ${rule.reason ?? 'outside the compared paths'}`,
    ),
  ]
}

function some(rules: readonly ChangedRule[], words: (rule: ChangedRule) => string): string[] {
  const more = rules.length - MAX_RULES
  return [
    ...rules.slice(0, MAX_RULES).map(words),
    ...(more > 0 ? [`and ${counted(more, 'more changed rule')}: --reporter json lists all`] : []),
  ]
}

function placed({ side, file, line, chain, rule }: ChangedRule): string {
  if (line !== undefined) return `${file}:${line}: ${rule}`
  const where = [file ?? `${side} firewall`, chain].filter((part) => part !== undefined)
  return `${where.join(', ')}: ${rule}`
}

/** `2 changed rules were not tested`. */
export function untestedCount(rules: readonly ChangedRule[]): string {
  const count = rules.filter(({ state }) => state === 'untested').length
  return `${counted(count, 'changed rule')} ${count === 1 ? 'was' : 'were'} not tested`
}
