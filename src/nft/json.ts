/** Looking into nft's JSON: values of unknown shape, asked for what they may be. */

export type Json = Readonly<Record<string, unknown>>

export const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** What an object has under a name, where that is an object; else undefined. */
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
