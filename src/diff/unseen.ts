/** Rules that only one of two firewalls has, and that no probe showed to matter: where "no difference" may be too much said. */
import { readListing } from '../firewall/listing.ts'
import type { DiffTable } from './diff.ts'

/** Listings as `nft -a -s list ruleset` prints them. Each line says whose rule it is. */
export function unseenRules(
  old: string,
  young: string,
  tables: readonly Pick<DiffTable, 'changes'>[],
): string[] {
  const [before, after] = [old, young].map(rulesIn) as [Rule[], Rule[]]
  const met = new Set(
    tables.flatMap(({ changes }) =>
      changes.flatMap(({ evidence }) =>
        evidence ? [...evidence.before.steps, ...evidence.after.steps].map(nameOf) : [],
      ),
    ),
  )
  const [gone, come] = [placed(before, after), placed(after, before)]
  const unmet = (own: readonly Placed[], other: readonly Placed[], whose: string): string[] => {
    const rewritten = rewrittenOf(own, other)
    return own
      .filter((rule) => ![rule, rewritten.get(rule)].some((one) => one && met.has(one.name)))
      .map(({ name }) => `${name} (only in the ${whose} firewall)`)
  }
  return [...unmet(gone, come, 'old'), ...unmet(come, gone, 'new')]
}

interface Rule {
  /** As `nameOf` has it. */
  readonly name: string
  readonly chain: string
}

/** A rule that the other firewall lacks, and between which of those that both have it stands. */
interface Placed extends Rule {
  readonly gap: string
}

const rulesIn = (listing: string): Rule[] =>
  readListing(listing).rules.map(({ table, chain, text }) => ({
    name: `${table} ${chain}: ${text}`,
    chain: `${table} ${chain}`,
  }))

const nameOf = ({
  family,
  table,
  chain,
  rule,
}: {
  readonly family?: string
  readonly table: string
  readonly chain: string
  readonly rule?: string
}): string => `${family} ${table} ${chain}: ${rule}`

/** Where as many rules took the place of others, each is the other one rewritten. */
function rewrittenOf(own: readonly Placed[], other: readonly Placed[]): Map<Placed, Placed> {
  const gaps = Map.groupBy(other, ({ gap }) => gap)
  const pairs = [...Map.groupBy(own, ({ gap }) => gap)].flatMap(([gap, rules]) => {
    const others = gaps.get(gap) ?? []
    return others.length === rules.length
      ? rules.map((rule, i): [Placed, Placed] => [rule, others[i]!])
      : []
  })
  return new Map(pairs)
}

/** Of rules that are there several times, as many as there are more of them. */
function placed(own: readonly Rule[], other: readonly Rule[]): Placed[] {
  const left = new Map<string, number>()
  for (const { name } of other) left.set(name, (left.get(name) ?? 0) + 1)
  const shared = new Map<string, number>()
  return own.flatMap((rule) => {
    const count = left.get(rule.name) ?? 0
    left.set(rule.name, count - 1)
    const before = shared.get(rule.chain) ?? 0
    if (count <= 0) return [{ ...rule, gap: `${rule.chain} ${before}` }]
    shared.set(rule.chain, before + 1)
    return []
  })
}
