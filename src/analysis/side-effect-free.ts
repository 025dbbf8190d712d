/**
 * Rules that never change the outcome of a packet: they count or log, or jump to chains that do no
 * more, and write no state that another rule uses. Most limits in real rulesets are in such rules, to keep a log small.
 */
import { isObject, type Json, textIn, within } from '../nft/json.ts'
import { chainKey, type Rule } from '../nft/rule.ts'
import { harmlessStatements, LOGS } from './shared-state.ts'

/** Whether a rule never changes an outcome. */
export function sideEffectFree(rules: readonly Rule[]): (rule: Rule) => boolean {
  const chains = Map.groupBy(rules, ({ where }) => chainKey(where, where.chain))
  const isQuiet = harmlessStatements(rules)
  const known = new Map<Rule, boolean>()
  const tails = new Map<string, Tail>()
  let depth = 0
  const isIdle = (rule: Rule): boolean => {
    const answer = known.get(rule)
    if (answer !== undefined) return answer
    // Set during the computation: a chain in a circle of jumps counts as having an effect.
    known.set(rule, false)
    const isSo = rule.statements.every((statement) => isHarmless(rule, statement))
    known.set(rule, isSo)
    return isSo
  }
  const isHarmless = (rule: Rule, statement: Json): boolean => {
    const [kind = '', value] = Object.entries(statement)[0] ?? []
    if (isQuiet(rule, statement)) return true
    if (kind === 'return') return restIsIdle(rule)
    const target = isObject(value) ? textIn(value, 'target') : undefined
    if (kind === 'jump') return target !== undefined && leadsNowhere(rule, target)
    return kind === 'goto' && target !== undefined && leadsNowhere(rule, target) && restIsIdle(rule)
  }
  /** Whether the outcome of a packet is the same without the rules after this one. */
  const restIsIdle = (rule: Rule): boolean => {
    const key = chainKey(rule.where, rule.where.chain)
    const tail: Tail = tails.get(key) ?? { rules: [...(chains.get(key) ?? [])], behind: new Map() }
    tails.set(key, tail)
    // From the last rule to the first, so the rules after each one are already known.
    while (!tail.behind.has(rule) && tail.rules.length > 0) {
      const { last } = tail
      const isSo = last === undefined || (tail.behind.get(last)! && isIdle(last))
      // In a circle, others were computed in the meantime.
      if (tail.last !== last) continue
      tail.last = tail.rules.pop()!
      tail.behind.set(tail.last, isSo)
    }
    return tail.behind.get(rule) ?? false
  }
  const leadsNowhere = (rule: Rule, target: string): boolean => {
    const own = chains.get(chainKey(rule.where, target))
    if (own) {
      // Deeper than packets can get, the answer is no.
      if (depth > MOST_JUMPS) return false
      depth++
      const isSo = own.every(isIdle)
      depth--
      return isSo
    }
    // A chain without rules. In legacy tables, an unknown target may be an extension as well.
    return rule.where.handle !== undefined || LOGS.has(target)
  }
  return isIdle
}

/** For each rule of a chain, as far as computed: whether the rules after it have no effect. */
interface Tail {
  /** The rules that are still open, the last one next. */
  readonly rules: Rule[]
  readonly behind: Map<Rule, boolean>
  last?: Rule
}

/** The kernel follows 16 jumps (NFT_JUMP_STACK_SIZE). */
const MOST_JUMPS = 64

/** The chain to which a statement jumps or goes, if any. */
export function jumpTargetsIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.flatMap(jumpTargetsIn)
  if (!isObject(value)) return []
  const own = [within(value, 'jump'), within(value, 'goto')].flatMap((verdict) =>
    verdict ? [textIn(verdict, 'target') ?? ''] : [],
  )
  if (own.length > 0) return own
  // Jumps are statements of their own, or values of verdict maps.
  return Object.entries(value).flatMap(([name, inner]) =>
    name === 'match' ? [] : jumpTargetsIn(inner),
  )
}
