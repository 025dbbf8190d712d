/**
 * Fields that are compared together on the way through one rule: by the rule, and by the rules
 * whose jumps lead to it.
 */

import type { Field } from '../nft/facts.ts'
import { chainKey, type Rule } from '../nft/rule.ts'

interface Asking {
  readonly rule: Rule
  readonly fields: readonly Field[]
}

type Ways = Map<string, ReadonlySet<Field>>

/** Extends every way by a jump that matches `fields`. True if one of the ways is new. */
function follow(from: Ways, fields: Iterable<Field>, into: Ways): boolean {
  let isNew = false
  for (const way of [...from.values()]) {
    const all = new Set([...way, ...fields])
    const key = fieldsKey(all)
    if (into.has(key)) continue
    into.set(key, all)
    isNew = true
  }
  return isNew
}

/** Distinct sets of at least two fields. `targetsOf`: the chains that a rule leads to. */
export function jointFieldsIn(
  rules: readonly Asking[],
  targetsOf: (rule: Rule) => readonly string[],
): ReadonlySet<Field>[] {
  const ways = new Map<string, Map<string, ReadonlySet<Field>>>()
  const waysTo = (chain: string): Map<string, ReadonlySet<Field>> => {
    const known = ways.get(chain) ?? new Map([['', new Set<Field>()]])
    ways.set(chain, known)
    return known
  }
  const jumps = Map.groupBy(
    rules
      .map(({ rule, fields }) => ({ rule, fields, targets: targetsOf(rule) }))
      .filter(({ targets }) => targets.length > 0),
    ({ rule }) => chainKey(rule.where, rule.where.chain),
  )
  // Chains with ways that their jumps have not followed yet. The ways of a circle come to an end.
  const open = new Set(jumps.keys())
  for (const chain of open) {
    open.delete(chain)
    for (const { rule, fields, targets } of jumps.get(chain) ?? [])
      for (const target of targets) {
        const key = chainKey(rule.where, target)
        if (follow(waysTo(chain), fields, waysTo(key))) open.add(key)
      }
  }
  const alike = new Map(
    rules.map(({ rule, fields }) => {
      const chain = chainKey(rule.where, rule.where.chain)
      return [`${chain} ${fieldsKey(new Set(fields))}`, { chain, fields }]
    }),
  )
  const sets = [...alike.values()].flatMap(({ chain, fields }) =>
    [...waysTo(chain).values()].map((way) => new Set([...way, ...fields])),
  )
  return [...new Map(sets.map((set) => [fieldsKey(set), set])).values()].filter(
    ({ size }) => size > 1,
  )
}

const fieldsKey = (fields: ReadonlySet<Field>): string => [...fields].sort().join(' ')
