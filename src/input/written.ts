/**
 * The names that a file defines, including those with errors: a name with an error is not reported
 * as unknown too.
 */
import { nearest } from './suggestion.ts'

/** At most this many keys are compared with a mistyped one. */
const LOOKED_THROUGH = 1000

/** The value under a key of a map, or under the key that probably means this one. */
export function writtenUnder(map: unknown, key: string, known: readonly string[]): unknown {
  if (typeof map !== 'object' || map === null) return undefined
  const values = map as Readonly<Record<string, unknown>>
  if (Object.hasOwn(values, key)) return values[key]
  const mistyped = Object.keys(values)
    .slice(0, LOOKED_THROUGH)
    .find((one) => !known.includes(one) && nearest(one, known) === key)
  return mistyped === undefined ? undefined : values[mistyped]
}

/** Names in a list, the keys of a map, or words. Undefined for other values. */
export function namesOrNothing(value: unknown): string[] | undefined {
  if (typeof value === 'string') return value.split(/[,\s]+/).filter((word) => word !== '')
  if (Array.isArray(value)) return value.flatMap((one) => asNames(one))
  return typeof value === 'object' && value !== null ? Object.keys(value) : undefined
}

function asNames(value: unknown): string[] {
  if (typeof value === 'object' && value !== null) return Object.keys(value)
  return [String(value)]
}
