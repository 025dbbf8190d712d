/**
 * Equal text for equal values, to be hashed: shards must agree on what they test. Paths of files
 * are left out, because checkouts are at different places.
 */
export function canonical(value: unknown): string {
  return JSON.stringify(value, (key, one) => {
    if (key === 'file') return undefined
    if (typeof one === 'bigint') return `${one}n`
    if (one instanceof Map || one instanceof Set) return [...one]
    if (typeof one !== 'object' || one === null || Array.isArray(one)) return one
    return Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1)))
  })
}
