/** Zod's issues → problems that say where, which value, and what is allowed. */
import { closest, distance } from 'fastest-levenshtein'
import type { z } from 'zod'
import type { Path, YamlDocument } from './document.ts'
import { inOrder, type Problem } from './problem.ts'

type Issue = z.core.$ZodIssue

export function problemsOf(
  issues: readonly Issue[],
  document: YamlDocument,
  schema: z.ZodType,
): Problem[] {
  return inOrder(issues.flatMap((issue) => explain(issue, document, schema)))
}

function explain(issue: Issue, document: YamlDocument, schema: z.ZodType): Problem[] {
  const { path } = issue
  const value = valueAt(document.value, path)
  const name = nameOf(path)
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path)
    return issue.keys.map((key) => ({
      at: document.keyPlace([...path, key]),
      message: `unknown key ${JSON.stringify(key)}${within(path)}${suggestion(key, known)}`,
    }))
  }
  if (value === undefined && issue.code !== 'custom')
    return [{ at: document.place(path), message: `${name} is missing` }]
  // A reader's own message names the part of the value that it is about.
  const what = issue.code === 'custom' ? issue.message : `${show(value)}: ${reason(issue)}`
  return [{ at: document.place(path), message: `${name} ${what}` }]
}

function reason(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return `must be ${TYPES[issue.expected] ?? issue.expected}`
    case 'invalid_value':
      return `must be ${issue.values
        .map((v) => String(v))
        .join(', ')
        .replace(/, ([^,]*)$/, ' or $1')}`
    case 'too_small':
      return issue.origin === 'array'
        ? 'must not be empty'
        : `must have at least ${issue.minimum} characters`
    case 'too_big':
      return `must have at most ${issue.maximum}${issue.origin === 'string' ? ' characters' : ''}`
    default:
      return issue.message
  }
}

const TYPES: Readonly<Record<string, string>> = {
  string: 'text',
  object: 'a map of keys and values',
  record: 'a map of keys and values',
  array: 'a list',
  number: 'a number',
  boolean: 'true or false',
}

/** ` — did you mean "restrict"?`, or the known names where nothing is near. */
export function suggestion(name: string, known: readonly string[]): string {
  if (known.length === 0) return ''
  const near = closest(name, known)
  return distance(name, near) <= Math.max(2, name.length / 3)
    ? ` — did you mean ${JSON.stringify(near)}?`
    : ` — known: ${known.join(', ')}`
}

function nameOf(path: Path): string {
  const name = path.findLast((part) => typeof part === 'string')
  return name === undefined ? 'the file' : String(name)
}

function within(path: Path): string {
  const name = path.findLast((part) => typeof part === 'string')
  return name === undefined ? '' : ` in ${String(name)}`
}

const SHOWN = 60

export function show(value: unknown): string {
  const text = JSON.stringify(value) ?? String(value)
  return text.length > SHOWN ? `${text.slice(0, SHOWN)}…` : text
}

function valueAt(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (v, key) =>
      typeof v === 'object' && v !== null ? (v as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  )
}

/** Keys that a map at this path may have. */
function keysAt(schema: z.ZodType, path: Path): string[] {
  let at: unknown = schema
  for (const key of path) at = child(unwrap(at), key)
  const object = unwrap(at) as { shape?: Record<string, unknown> } | undefined
  return Object.keys(object?.shape ?? {})
}

interface AnySchema {
  readonly shape?: Record<PropertyKey, unknown>
  readonly def?: {
    readonly type: string
    readonly innerType?: unknown
    readonly element?: unknown
    readonly valueType?: unknown
    readonly in?: unknown
  }
}

function unwrap(schema: unknown): unknown {
  let s = schema as AnySchema | undefined
  while (s?.def?.innerType ?? s?.def?.in) s = (s?.def?.innerType ?? s?.def?.in) as AnySchema
  return s
}

function child(schema: unknown, key: PropertyKey): unknown {
  const s = schema as AnySchema | undefined
  return s?.shape?.[key] ?? s?.def?.element ?? s?.def?.valueType
}
