/**
 * Fields that are compared together on the way through one rule: by the rule, and by the rules
 * whose jumps lead to it.
 */

import type { Field } from '../nft/facts.ts'
import { chainKey, type Rule } from '../nft/rule.ts'
import { jumpTargetsIn } from './side-effect-free.ts'

interface Asking {
  readonly rule: Rule
  readonly fields: readonly Field[]
}

/** The kernel follows 16 jumps (NFT_JUMP_STACK_SIZE); unreachable chains may nest deeper. */
const MOST_JUMPS = 64

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

/** Distinct sets of at least two fields. */
export function jointFieldsIn(rules: readonly Asking[]): ReadonlySet<Field>[] {
  const ways = new Map<string, Map<string, ReadonlySet<Field>>>()
  const waysTo = (chain: string): Map<string, ReadonlySet<Field>> => {
    const known = ways.get(chain) ?? new Map([['', new Set<Field>()]])
    ways.set(chain, known)
    return known
  }
  const jumps = rules
    .map(({ rule, fields }) => ({ rule, fields, targets: targetsOf(rule) }))
    .filter(({ targets }) => targets.length > 0)
  let isNew = true
  // Each round follows the jumps at least one level further.
  for (let round = 0; isNew && round < MOST_JUMPS; round++) {
    isNew = false
    for (const { rule, fields, targets } of jumps)
      for (const target of targets) {
        const from = waysTo(chainKey(rule.where, rule.where.chain))
        if (follow(from, fields, waysTo(chainKey(rule.where, target)))) isNew = true
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

function targetsOf({ statements }: Rule): string[] {
  return [...new Set(statements.flatMap(jumpTargetsIn))]
}
