/**
 * Rules that cannot change what becomes of a packet, whatever they ask: they
 * count or log, or lead where nothing else is done. Most limits in the wild
 * stand in such rules, so that a log does not overflow.
 */
import { isObject, type Json, textIn, within } from '../nft/json.ts'
import { chainKey, type Rule } from '../nft/rule.ts'

/** Statements that ask, count and write logs. */
const HARMLESS = new Set(['match', 'counter', 'log', 'limit', 'quota', 'ct count', 'continue'])
/** Targets of xtables that do no more. */
const LOGS = new Set(['LOG', 'NFLOG', 'ULOG', 'TRACE'])

/** Whether a rule is such a one. */
export function sideEffectFree(rules: readonly Rule[]): (rule: Rule) => boolean {
  const chains = Map.groupBy(rules, ({ where }) => chainKey(where, where.chain))
  const known = new Map<Rule, boolean>()
  const tails = new Map<string, Tail>()
  let depth = 0
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
    const key = chainKey(rule.where, rule.where.chain)
    const tail: Tail = tails.get(key) ?? { rules: [...(chains.get(key) ?? [])], behind: new Map() }
    tails.set(key, tail)
    // From the end on, so that each rule finds known what is behind it.
    while (!tail.behind.has(rule) && tail.rules.length > 0) {
      const { last } = tail
      const isSo = last === undefined || (tail.behind.get(last)! && isIdle(last))
      // In a circle, others of them were asked for meanwhile.
      if (tail.last !== last) continue
      tail.last = tail.rules.pop()!
      tail.behind.set(tail.last, isSo)
    }
    return tail.behind.get(rule) ?? false
  }
  const leadsNowhere = (rule: Rule, target: string): boolean => {
    const own = chains.get(chainKey(rule.where, target))
    if (own) {
      // Deeper than packets can come, nothing is said.
      if (depth > MOST_JUMPS) return false
      depth++
      const isSo = own.every(isIdle)
      depth--
      return isSo
    }
    // A chain without rules; in legacy tables it may be an extension as well.
    return rule.where.handle !== undefined || LOGS.has(target)
  }
  return isIdle
}

/** Of a chain: which of its rules have nothing behind them that matters, as far as that was asked. */
interface Tail {
  /** Those that were not come to yet, the last one next. */
  readonly rules: Rule[]
  readonly behind: Map<Rule, boolean>
  last?: Rule
}

/** The kernel follows 16 (NFT_JUMP_STACK_SIZE). */
const MOST_JUMPS = 64

function isHarmlessExtension(value: unknown): boolean {
  if (!isObject(value)) return false
  if (value.type === 'match') return true
  return value.type === 'target' && LOGS.has(textIn(value, 'name') ?? '')
}

/** Whether a statement jumps or goes to a chain, and to which. */
export function jumpTargetsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(jumpTargetsIn)
  if (!isObject(value)) return []
  const own = [within(value, 'jump'), within(value, 'goto')].flatMap((verdict) =>
    verdict ? [textIn(verdict, 'target') ?? ''] : [],
  )
  if (own.length > 0) return own
  // Jumps stand alone, and as values of verdict maps.
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'match' ? [] : jumpTargetsIn(inner),
  )
}
