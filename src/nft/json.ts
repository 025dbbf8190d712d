/** Access to values of unknown type in nft's JSON. */

export type Json = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The object under a name. Undefined if it is not an object. */
export function within(value: unknown, name: string): Json | undefined {
  const inner = isObject(value) ? value[name] : undefined
  return isObject(inner) ? inner : undefined
}

export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value]
}

export const textIn = (value: Json, name: string): string | undefined => {
  const inner = value[name]
  return typeof inner === 'string' ? inner : undefined
}

export const numberIn = (value: Json, name: string): number | undefined => {
  const inner = value[name]
  return typeof inner === 'number' ? inner : undefined
}
