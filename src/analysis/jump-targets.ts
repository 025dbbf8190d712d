/** The chains that a rule leads to: by jump and goto, and by its verdict maps, named ones included. */
import { bare } from '../nft/elements.ts'
import type { RulePlace } from '../nft/facts.ts'
import { isObject, type Json, listOf, textIn, within } from '../nft/json.ts'
import { chainKey, type Rule } from '../nft/rule.ts'
import { type Ruleset, setKey } from '../nft/rules.ts'
import { jumpTargetsIn } from './side-effect-free.ts'

/** The way that a verdict map offers to one chain. */
export interface MapJump {
  readonly target: string
  /** The packets that it sends there: `iifname { "a", "b" }`. */
  readonly match: Json
  readonly keys: number
}

export interface VerdictMap {
  readonly jumps: readonly MapJump[]
  /** The name of a map that is empty, or that changes while packets pass: it may lead anywhere. */
  readonly open?: string
}

type Sets = Ruleset['sets']

/** The verdict maps of a rule's statements. */
export function verdictMapsIn(
  statements: readonly Json[],
  { family, table }: Pick<RulePlace, 'family' | 'table'>,
  sets: Sets,
): VerdictMap[] {
  return statements.flatMap((statement): VerdictMap[] => {
    const map = within(statement, 'vmap')
    if (!map) return []
    const name = textIn(map, 'data')?.replace(/^@/, '')
    if (name === undefined) return [{ jumps: jumpsOf(map.key, listOf(within(map, 'data')?.set)) }]
    const named = sets.get(setKey(family, table, name))
    const jumps = jumpsOf(map.key, named?.elements ?? [])
    const isOpen = !named || named.elements.length === 0 || named.isTimed || named.isDynamic
    return [{ jumps, ...(isOpen && { open: name }) }]
  })
}

function jumpsOf(left: unknown, elements: readonly unknown[]): MapJump[] {
  const keys = new Map<string, unknown[]>()
  for (const element of elements) {
    if (!Array.isArray(element)) continue
    for (const target of jumpTargetsIn(element[1])) {
      const own = keys.get(target)
      if (own) own.push(bare(element[0]))
      else keys.set(target, [bare(element[0])])
    }
  }
  return [...keys].map(([target, set]) => ({
    target,
    match: { op: '==', left: isObject(left) ? left : {}, right: { set } },
    keys: set.length,
  }))
}

/** The chains of a table that no packet enters by itself, as far as they have rules. */
export function innerChains({
  rules,
  bases,
}: Pick<Ruleset, 'rules' | 'bases'>): (where: RulePlace) => readonly string[] {
  const entered = new Set(bases.map((base) => chainKey(base, base.name)))
  const tables = Map.groupBy(
    rules.filter(({ where }) => !entered.has(chainKey(where, where.chain))),
    ({ where }) => tableKey(where),
  )
  const known = new Map<string, readonly string[]>()
  return (where) => {
    const key = tableKey(where)
    const found = known.get(key) ?? [
      ...new Set((tables.get(key) ?? []).map((rule) => rule.where.chain)),
    ]
    known.set(key, found)
    return found
  }
}

const tableKey = ({ family, table }: RulePlace): string => `${family} ${table}`

/** A map that may lead anywhere leads to every chain of its table. */
export function targetsIn(
  ruleset: Ruleset,
): (rule: Pick<Rule, 'where' | 'statements'>) => readonly string[] {
  const inner = innerChains(ruleset)
  return (rule) => {
    const maps = verdictMapsIn(rule.statements, rule.where, ruleset.sets)
    return [
      ...new Set([
        ...rule.statements.flatMap(jumpTargetsIn),
        ...maps.flatMap(({ jumps }) => jumps.map(({ target }) => target)),
        ...(maps.some(({ open }) => open !== undefined) ? inner(rule.where) : []),
      ]),
    ]
  }
}

/** The rules that lead to each chain, by the chain's key. */
export function callersIn(ruleset: Ruleset): ReadonlyMap<string, readonly Rule[]> {
  const targets = targetsIn(ruleset)
  const callers = new Map<string, Rule[]>()
  for (const rule of ruleset.rules)
    for (const target of targets(rule)) {
      const own = callers.get(chainKey(rule.where, target))
      if (own) own.push(rule)
      else callers.set(chainKey(rule.where, target), [rule])
    }
  return callers
}
