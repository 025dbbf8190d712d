/**
 * Rules that let packets through for a state of connection tracking that no probe has. The probes of
 * a run open flows. Only ICMP types that open none are invalid, and segments with other flags.
 */
import { bare } from '../nft/elements.ts'
import { isObject, type Json, listOf, textIn, within } from '../nft/json.ts'
import { chainKey, type Rule } from '../nft/rule.ts'
import { type Ruleset, setKey } from '../nft/rules.ts'
import { ICMP_ERRORS } from './reachability.ts'
import { jumpTargetsIn } from './side-effect-free.ts'

const UNSENT = ['invalid', 'untracked']
/** ICMP and ICMPv6: messages of every type are sent. */
const ICMP = [1, 58, ICMP_ERRORS]
/** What lets no packet through. A policy does not promise that such packets are accepted. */
const ENDS = /^(?:match|counter|log|limit|drop|reject|return|continue)$/
const DROPS = /^(?:DROP|REJECT|LOG|NFLOG|ULOG|TRACE|RETURN)$/

/** `protocols`: of the packets that reach the rule; absent: all. */
export function unsentStates({
  rules,
  sets,
}: Pick<Ruleset, 'rules' | 'sets'>): (
  rule: Rule,
  protocols: readonly number[] | undefined,
) => string[] {
  const chains = Map.groupBy(rules, ({ where }) => chainKey(where, where.chain))
  const makesUntracked = rules.some(({ statements }) => statements.some(isNotrack))
  // `seen`: the chains that were looked at, none of which lets packets through by itself.
  const lets = (rule: Rule, statement: Json, seen: Set<string>): boolean => {
    const [kind = '', value] = Object.entries(statement)[0] ?? []
    if (ENDS.test(kind)) return false
    const xt = kind === 'xt' && isObject(value) ? value : undefined
    if (xt) return xt.type !== 'match' && !DROPS.test(textIn(xt, 'name') ?? '')
    if (kind === 'vmap')
      return mappedBy(statement, rule, sets).some(({ act }) => !act || lets(rule, act, seen))
    const targets = jumpTargetsIn(statement)
    if (targets.length === 0) return true
    return targets.some((target) => {
      const key = chainKey(rule.where, target)
      if (seen.has(key)) return false
      seen.add(key)
      return (chains.get(key) ?? []).some((one) =>
        one.statements.some((act) => lets(one, act, seen)),
      )
    })
  }
  return (rule, protocols) => {
    if (protocols?.every((one) => ICMP.includes(one))) return []
    const isLet = rule.statements.some((one) => lets(rule, one, new Set()))
    const asked = rule.statements.flatMap((one) => [
      ...(isLet ? statesAsked(one) : []),
      ...mappedBy(one, rule, sets)
        .filter(({ act }) => !act || lets(rule, act, new Set()))
        .flatMap(({ states }) => states),
    ])
    return [...new Set(asked)]
      .filter((state) => state !== 'untracked' || !makesUntracked)
      .map((state) => `ct state ${state}`)
  }
}

export const isNotrack = (statement: Json): boolean =>
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

/** An element of a verdict map. */
interface Mapped {
  /** The states in its key that no probe has. */
  readonly states: readonly string[]
  /** Absent: the map is empty or changes while packets pass, so any verdict is possible. */
  readonly act?: Json
}

function mappedBy(statement: Json, { where }: Rule, sets: Ruleset['sets']): Mapped[] {
  const map = within(statement, 'vmap')
  if (!map) return []
  const key = within(map, 'key')
  const parts = key && 'concat' in key ? listOf(key.concat) : [key]
  const at = parts.findIndex((part) => isObject(part) && within(part, 'ct')?.key === 'state')
  const name = textIn(map, 'data')?.replace(/^@/, '')
  const named = name === undefined ? undefined : sets.get(setKey(where.family, where.table, name))
  const elements = name === undefined ? listOf(within(map, 'data')?.set) : (named?.elements ?? [])
  const isOpen = name !== undefined && (!named || named.isTimed || named.isDynamic)
  return [
    ...elements.flatMap((element): Mapped[] => {
      if (!Array.isArray(element) || !isObject(element[1])) return []
      const own = bare(element[0])
      const values = isObject(own) && 'concat' in own ? listOf(own.concat) : [own]
      const state = String(at < 0 ? '' : values[at])
      return [{ states: UNSENT.includes(state) ? [state] : [], act: element[1] }]
    }),
    ...(isOpen || elements.length === 0 ? [{ states: at < 0 ? [] : UNSENT }] : []),
  ]
}
