/** Sets and maps of nft's JSON: their elements, and the groups of equivalent elements. */
import { isObject, type Json, within } from './json.ts'

/** An anonymous set, or a named one. */
export const isSet = (right: unknown): boolean =>
  (isObject(right) && 'set' in right) || (typeof right === 'string' && right.startsWith('@'))

/** `{ elem: { val } }`: an element with a timeout, a counter or a comment. */
export function bare(element: unknown): unknown {
  const inner = within(element, 'elem')
  return inner && 'val' in inner ? inner.val : element
}

/**
 * Keys that behave alike apart from their value: in a map, those with the same data; in a
 * concatenation (its `part` is compared), those with the same other parts.
 */
export function groupsOf(elements: readonly unknown[], part?: number): unknown[][] {
  const groups = new Map<string, unknown[]>()
  for (const element of elements) {
    const [key, value] = Array.isArray(element)
      ? [bare(element[0]), element[1]]
      : [bare(element), null]
    const parts = isObject(key) && Array.isArray(key.concat) ? key.concat : undefined
    const others = part === undefined ? [] : (parts?.filter((_, i) => i !== part) ?? [])
    const group = JSON.stringify([others, value])
    const asked = part === undefined ? key : (parts?.[part] ?? key)
    const known = groups.get(group)
    if (known) known.push(asked)
    else groups.set(group, [asked])
  }
  return [...groups.values()]
}

/** All maps and verdict maps of a statement. */
export function mapsIn(value: unknown): Json[] {
  if (Array.isArray(value)) return value.flatMap(mapsIn)
  if (!isObject(value)) return []
  const own = [within(value, 'map'), within(value, 'vmap')].filter((map) => map !== undefined)
  if (own.length > 0) return own
  return Object.entries(value).flatMap(([name, inner]) => (name === 'match' ? [] : mapsIn(inner)))
}
