/** Sets and maps of nft's JSON: their elements, and which of them nothing tells apart. */
import { isObject, type Json, within } from './json.ts'

/** A set that is written out, or named. */
export const isSet = (right: unknown): boolean =>
  (isObject(right) && 'set' in right) || (typeof right === 'string' && right.startsWith('@'))

/** `{ elem: { val } }`: an element with a timeout, a counter or a comment. */
export function bare(element: unknown): unknown {
  const inner = within(element, 'elem')
  return inner && 'val' in inner ? inner.val : element
}

/**
 * Keys that nothing tells apart but themselves: those of one value in a map,
 * and in a concatenation (of which `part` is asked) those that stand beside the
 * same other parts.
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

/** Maps and verdict maps anywhere in a statement. */
export function mapsIn(value: unknown): Json[] {
  if (Array.isArray(value)) return value.flatMap(mapsIn)
  if (!isObject(value)) return []
  const own = [within(value, 'map'), within(value, 'vmap')].filter((map) => map !== undefined)
  if (own.length > 0) return own
  return Object.entries(value).flatMap(([name, inner]) => (name === 'match' ? [] : mapsIn(inner)))
}
