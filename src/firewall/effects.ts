/**
 * Rules that cannot change what becomes of a packet, whatever they ask: they
 * count or log, or lead where nothing else is done. Most limits in the wild
 * stand in such rules, so that a log does not overflow.
 */
import { isObject, type Json, textIn, within } from './json.ts'
import type { Rule } from './rules.ts'

/** Statements that ask, count and write logs. */
const HARMLESS = new Set(['match', 'counter', 'log', 'limit', 'quota', 'ct count', 'continue'])
/** Targets of xtables that do no more. */
const LOGS = new Set(['LOG', 'NFLOG', 'ULOG', 'TRACE'])

/** Whether a rule is such a one. */
export function withoutEffect(rules: readonly Rule[]): (rule: Rule) => boolean {
  const chains = Map.groupBy(rules, ({ where }) => keyOf(where, where.chain))
  const known = new Map<Rule, boolean>()
  const isIdle = (rule: Rule): boolean => {
    const answer = known.get(rule)
    if (answer !== undefined) return answer
    // While it is asked for: whatever leads back to itself has some effect.
    known.set(rule, false)
    const isSo = rule.statements.every((statement) => isHarmless(rule, statement))
    known.set(rule, isSo)
    return isSo
  }
  const isHarmless = (rule: Rule, statement: Json): boolean => {
    const [kind = '', value] = Object.entries(statement)[0] ?? []
    if (HARMLESS.has(kind)) return true
    if (kind === 'xt') return isHarmlessExtension(value)
    if (kind === 'return') return restIsIdle(rule)
    const target = isObject(value) ? textIn(value, 'target') : undefined
    if (kind === 'jump') return target !== undefined && leadsNowhere(rule, target)
    return kind === 'goto' && target !== undefined && leadsNowhere(rule, target) && restIsIdle(rule)
  }
  /** Whether it is the same for a packet if it never comes to the rules behind this one. */
  const restIsIdle = (rule: Rule): boolean => {
    const own = chains.get(keyOf(rule.where, rule.where.chain)) ?? []
    return own.slice(own.indexOf(rule) + 1).every(isIdle)
  }
  const leadsNowhere = (rule: Rule, target: string): boolean => {
    const own = chains.get(keyOf(rule.where, target))
    if (own) return own.every(isIdle)
    // A chain without rules; in legacy tables it may be an extension as well.
    return rule.where.handle !== undefined || LOGS.has(target)
  }
  return isIdle
}

const keyOf = ({ family, table }: Rule['where'], chain: string): string =>
  `${family} ${table} ${chain}`

function isHarmlessExtension(value: unknown): boolean {
  if (!isObject(value)) return false
  if (value.type === 'match') return true
  return value.type === 'target' && LOGS.has(textIn(value, 'name') ?? '')
}

/** Whether a statement jumps or goes to a chain, and to which. */
export function targetsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(targetsIn)
  if (!isObject(value)) return []
  const own = [within(value, 'jump'), within(value, 'goto')].flatMap((verdict) =>
    verdict ? [textIn(verdict, 'target') ?? ''] : [],
  )
  if (own.length > 0) return own
  // Jumps stand alone, and as values of verdict maps.
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'match' ? [] : targetsIn(inner),
  )
}
