/**
 * What a named set has besides its elements: timeouts, a size, and statements such as a limit.
 * Values that change with time do not count: the remaining time, counters, the used part of a quota.
 */
import { bare } from './elements.ts'
import { type Json, listOf, within } from './json.ts'

export interface SetSettings {
  /** For display: `timeout`, `limit`. */
  readonly words: readonly string[]
  /** Equal for equal settings. Empty if there are none. */
  readonly text: string
}

/** Their values change with time, or decide nothing. */
const PASSING = new Set(['val', 'expires', 'comment', 'counter', 'last'])

export function settingsOf(set: Json): SetSettings {
  const own = Object.fromEntries(
    ['timeout', 'size'].flatMap((name) => (name in set ? [[name, set[name]]] : [])),
  )
  const statements = listOf(set.stmt)
    .map(lasting)
    .filter((one) => Object.keys(one).length > 0)
  const elements = listOf(set.elem).flatMap((element) => {
    const key = Array.isArray(element) ? element[0] : element
    const more = lasting(within(key, 'elem') ?? {})
    return Object.keys(more).length > 0 ? [[bare(key), more] as const] : []
  })
  const all = [own, ...statements, ...elements.map(([, more]) => more)]
  const words = [...new Set(all.flatMap((one) => Object.keys(one)))]
  const texts = elements.map((one) => JSON.stringify(one)).sort()
  return { words, text: words.length > 0 ? JSON.stringify([own, statements, texts]) : '' }
}

const lasting = (value: unknown): Json =>
  Object.fromEntries(
    Object.entries(value as Json).flatMap(([name, inner]) =>
      PASSING.has(name) ? [] : [[name, name === 'quota' ? withoutUsed(inner) : inner]],
    ),
  )

function withoutUsed(quota: unknown): unknown {
  const { used: _, used_unit: _u, ...rest } = quota as Json
  return rest
}
