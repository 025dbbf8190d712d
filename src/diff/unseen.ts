/** Rules that only one of two firewalls has, and that no probe showed to matter: where "no difference" may be too much said. */
import { readListing } from '../firewall/listing.ts'
import type { DiffTable } from './diff.ts'

/** Listings as `nft -a -s list ruleset` prints them. Each line says whose rule it is. */
export function unseenRules(
  old: string,
  young: string,
  tables: readonly Pick<DiffTable, 'changes'>[],
): string[] {
  const [before, after] = [old, young].map(rulesIn) as [string[], string[]]
  const met = new Set(
    tables.flatMap(({ changes }) =>
      changes.flatMap(({ evidence }) =>
        evidence ? [...evidence.before.steps, ...evidence.after.steps].map(nameOf) : [],
      ),
    ),
  )
  const only = (own: readonly string[], other: readonly string[], whose: string): string[] =>
    without(own, other)
      .filter((rule) => !met.has(rule))
      .map((rule) => `${rule} (only in the ${whose} firewall)`)
  return [...only(before, after, 'old'), ...only(after, before, 'new')]
}

const rulesIn = (listing: string): string[] =>
  readListing(listing).rules.map(({ table, chain, text }) => `${table} ${chain}: ${text}`)

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

/** Of rules that are there several times, as many as there are more of them. */
function without(own: readonly string[], other: readonly string[]): string[] {
  const left = new Map<string, number>()
  for (const rule of other) left.set(rule, (left.get(rule) ?? 0) + 1)
  return own.filter((rule) => {
    const count = left.get(rule) ?? 0
    left.set(rule, count - 1)
    return count <= 0
  })
}
