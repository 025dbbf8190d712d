/** Which fields are compared on the way through one rule: by itself, and by the rules whose jumps lead to it. */
import { targetsIn } from './effects.ts'
import type { Field } from './facts.ts'
import type { Rule } from './rules.ts'

interface Asking {
  readonly rule: Rule
  readonly fields: readonly Field[]
}

/** Distinct sets of two fields or more. */
export function togetherIn(rules: readonly Asking[]): ReadonlySet<Field>[] {
  const ways = new Map<string, Map<string, ReadonlySet<Field>>>()
  const waysTo = (chain: string): Map<string, ReadonlySet<Field>> => {
    const known = ways.get(chain) ?? new Map([['', new Set<Field>()]])
    ways.set(chain, known)
    return known
  }
  // Each round follows the jumps one further; no chain of jumps is longer than the rules are many.
  for (let isNew = true; isNew; ) {
    isNew = false
    for (const { rule, fields } of rules)
      for (const target of targetsOf(rule)) {
        const into = waysTo(chainKey(rule, target))
        for (const way of [...waysTo(chainKey(rule, rule.where.chain)).values()]) {
          const all = new Set([...way, ...fields])
          const key = keyOf(all)
          if (!into.has(key)) {
            into.set(key, all)
            isNew = true
          }
        }
      }
  }
  const sets = rules.flatMap(({ rule, fields }) =>
    [...waysTo(chainKey(rule, rule.where.chain)).values()].map(
      (way) => new Set([...way, ...fields]),
    ),
  )
  return [...new Map(sets.map((set) => [keyOf(set), set])).values()].filter(({ size }) => size > 1)
}

const keyOf = (fields: ReadonlySet<Field>): string => [...fields].sort().join(' ')

const chainKey = ({ where }: Rule, chain: string): string =>
  `${where.family} ${where.table} ${chain}`

function targetsOf({ statements }: Rule): string[] {
  return [...new Set(statements.flatMap(targetsIn))]
}
