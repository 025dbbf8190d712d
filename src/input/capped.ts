/** A copy of a value whose lists and maps are cut to a length that the schema check can handle. */

/**
 * Entries of each list and map. Zod fails at about 120,000 issues, and one entry may have several.
 */
export const MOST = 10_000

export function capped(value: unknown): unknown {
  if (Array.isArray(value)) return value.slice(0, MOST).map(capped)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).slice(0, MOST)
  return Object.fromEntries(entries.map(([key, one]) => [key, capped(one)]))
}
