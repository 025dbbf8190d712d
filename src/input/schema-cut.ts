/** Cuts the parts of the wrong type out of a value. The rest has the schema's types. */
import type { z } from 'zod'
import type { Path } from './positions.ts'
import { causesIn } from './schema-causes.ts'

/** This type with every part optional. Entries of lists keep their indexes. */
export type Partly<T> = unknown extends T
  ? unknown
  : T extends readonly (infer E)[]
    ? readonly Partly<E>[] | undefined
    : T extends object
      ? { readonly [K in keyof T]?: Partly<T[K]> } | undefined
      : T | undefined

type Issue = z.core.$ZodIssue

export function cut(value: unknown, issues: readonly Issue[]): unknown {
  const holder = { value: structuredClone(value) }
  const misfits = causesIn(issues, value).filter(({ code }) => OF_ANOTHER_TYPE.has(code))
  for (const { path } of misfits) remove(holder, ['value', ...path])
  return holder.value
}

// A text of the wrong length or form is still a text.
const OF_ANOTHER_TYPE: ReadonlySet<Issue['code']> = new Set([
  'invalid_type',
  'invalid_value',
  'invalid_union',
])

function remove(holder: Record<PropertyKey, unknown>, path: Path): void {
  let at: unknown = holder
  for (const key of path.slice(0, -1)) {
    if (typeof at !== 'object' || at === null) return
    at = (at as Record<PropertyKey, unknown>)[key]
  }
  if (typeof at !== 'object' || at === null) return
  ;(at as Record<PropertyKey, unknown>)[path.at(-1)!] = undefined
}
