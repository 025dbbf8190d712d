/** A value with no list or map longer than what a schema can tell the faults of. */

/** Entries of each list and map. Zod fails at about 120,000 faults, and an entry may have several. */
export const MOST = 10_000

export function capped(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, MOST).map(capped)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).slice(0, MOST)
  return Object.fromEntries(entries.map(([key, one]) => [key, capped(one)]))
}
