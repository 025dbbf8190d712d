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
const SENT = ['new', 'established', 'related']
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
      ...(isLet ? statesAsked(one, rule, sets) : []),
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
function statesAsked(statement: Json, { where }: Rule, sets: Ruleset['sets']): string[] {
  const saved = savedStates(statement, where)
  if (saved) return saved.every((state) => UNSENT.includes(state)) ? saved : []
  const match = within(statement, 'match')
  const asked = match && valuesOfState(match, where, sets)
  if (!match || !asked) return []
  const isNot = textIn(match, 'op') === '!='
  // A negated concatenation is also met by the other fields.
  if (isNot && within(match.left, 'ct') === undefined) return []
  const states = isNot ? [...SENT, ...UNSENT].filter((one) => !asked.includes(one)) : asked
  return states.every((state) => UNSENT.includes(state)) ? states : []
}

/** Of a legacy rule, whose text has the states: `-m conntrack ! --ctstate NEW,ESTABLISHED`. */
function savedStates(statement: Json, { text }: Rule['where']): string[] | undefined {
  const name = textIn(within(statement, 'xt') ?? {}, 'name') ?? ''
  if (!text.startsWith('-A') || !/^(?:conntrack|state)$/.test(name)) return undefined
  const [, not, list = ''] = /(! )?--(?:ct)?state (\S+)/.exec(text) ?? []
  const named = list.toLowerCase().split(',')
  const all = [...SENT, ...UNSENT]
  // Translations are called states too.
  if (!named.every((one) => all.includes(one))) return undefined
  return not ? all.filter((one) => !named.includes(one)) : named
}

/** The states that a match names, by themselves or with other fields; undefined: none. */
function valuesOfState(
  { left, right }: Json,
  { family, table }: Rule['where'],
  sets: Ruleset['sets'],
): string[] | undefined {
  const parts = isObject(left) && 'concat' in left ? listOf(left.concat) : [left]
  const at = parts.findIndex((part) => within(part, 'ct')?.key === 'state')
  if (at < 0) return undefined
  const isNamed = typeof right === 'string' && right.startsWith('@')
  const named = isNamed ? sets.get(setKey(family, table, right.slice(1))) : undefined
  // The elements of such a set are not known.
  if (isNamed && (!named || named.isTimed || named.isDynamic)) return undefined
  const all = named?.elements ?? (isObject(right) && 'set' in right ? listOf(right.set) : undefined)
  return (all ?? listOf(right)).map((element) => {
    const own = bare(element)
    return String(isObject(own) && 'concat' in own ? listOf(own.concat)[at] : own)
  })
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
