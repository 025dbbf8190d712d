/**
 * Rules that let packets through for a state of connection tracking that no probe has. The probes of
 * a run open flows. Only ICMP types that open none are invalid, and segments with other flags.
 */
import { isObject, type Json, listOf, textIn, within } from '../nft/json.ts'
import { chainKey, type Rule } from '../nft/rule.ts'
import { ICMP_ERRORS } from './reachability.ts'
import { jumpTargetsIn } from './side-effect-free.ts'

const UNSENT = ['invalid', 'untracked']
/** ICMP and ICMPv6: messages of every type are sent. */
const ICMP = [1, 58, ICMP_ERRORS]
/** What lets no packet through. A policy does not promise that such packets are accepted. */
const ENDS = /^(?:match|counter|log|limit|drop|reject|return|continue)$/
const DROPS = /^(?:DROP|REJECT|LOG|NFLOG|ULOG|TRACE|RETURN)$/

/** `protocols`: of the packets that reach the rule; absent: all. */
export function unsentStates(
  rules: readonly Rule[],
): (rule: Rule, protocols: readonly number[] | undefined) => string[] {
  const chains = Map.groupBy(rules, ({ where }) => chainKey(where, where.chain))
  const makesUntracked = rules.some(({ statements }) => statements.some(isNotrack))
  const lets = (rule: Rule, statement: Json, seen: ReadonlySet<string>): boolean => {
    const [kind = '', value] = Object.entries(statement)[0] ?? []
    if (ENDS.test(kind)) return false
    const xt = kind === 'xt' && isObject(value) ? value : undefined
    if (xt) return xt.type !== 'match' && !DROPS.test(textIn(xt, 'name') ?? '')
    const targets = jumpTargetsIn(statement)
    if (targets.length === 0) return true
    return targets.some((target) => {
      const key = chainKey(rule.where, target)
      if (seen.has(key)) return false
      const inner = new Set([...seen, key])
      return (chains.get(key) ?? []).some((one) =>
        one.statements.some((act) => lets(one, act, inner)),
      )
    })
  }
  return (rule, protocols) => {
    if (protocols?.every((one) => ICMP.includes(one))) return []
    const isLet = rule.statements.some((one) => !('vmap' in one) && lets(rule, one, new Set()))
    const asked = rule.statements.flatMap((one) => [
      ...(isLet ? statesAsked(one) : []),
      ...statesMapped(one, (act) => lets(rule, act, new Set())),
    ])
    return asked
      .filter((state) => state !== 'untracked' || !makesUntracked)
      .map((state) => `ct state ${state}`)
  }
}

const isNotrack = (statement: Json): boolean =>
  'notrack' in statement ||
  /^(?:CT|NOTRACK)$/.test(textIn(within(statement, 'xt') ?? {}, 'name') ?? '')

/** Empty if a state that probes have is enough. */
function statesAsked(statement: Json): string[] {
  const match = within(statement, 'match')
  if (!match || within(match.left, 'ct')?.key !== 'state') return []
  if (textIn(match, 'op') === '!=') return []
  const { right } = match
  const states = (isObject(right) && 'set' in right ? listOf(right.set) : listOf(right)).map(String)
  return states.every((state) => UNSENT.includes(state)) ? states : []
}

/** The states of a verdict map with verdicts that let packets through. */
function statesMapped(statement: Json, lets: (act: Json) => boolean): string[] {
  const map = within(statement, 'vmap')
  if (!map || within(map.key, 'ct')?.key !== 'state' || !isObject(map.data)) return []
  return listOf(map.data.set).flatMap((element) => {
    if (!Array.isArray(element)) return []
    const [state, act] = element
    return UNSENT.includes(String(state)) && isObject(act) && lets(act) ? [String(state)] : []
  })
}
