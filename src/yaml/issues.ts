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
  return inOrder(causes(issues).flatMap((issue) => explain(issue, document, schema)))
}

/** What is of another kind has other faults besides, of which that is the cause. */
function causes(issues: readonly Issue[]): readonly Issue[] {
  const otherKind = new Set(
    issues.filter(({ code }) => code === 'invalid_type').map(({ path }) => JSON.stringify(path)),
  )
  return issues.filter(
    ({ code, path }) => code === 'invalid_type' || !otherKind.has(JSON.stringify(path)),
  )
}

function explain(issue: Issue, document: YamlDocument, schema: z.ZodType): Problem[] {
  const { path } = issue
  const value = valueAt(document.value, path)
  const meant = issue.code === 'invalid_union' ? meantOf(issue, value) : undefined
  if (meant)
    return causes(meant).flatMap((inner) =>
      explain({ ...inner, path: [...path, ...inner.path] }, document, schema),
    )
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

type Union = Extract<Issue, { code: 'invalid_union' }>

/** What is wrong with the one form of a value that was meant, where its kind tells which. */
function meantOf({ errors }: Union, value: unknown): readonly Issue[] | undefined {
  if (value === undefined) return undefined
  const ofKind = errors.filter((issues) => !issues.some(isOtherKind))
  return ofKind.length === 1 ? ofKind[0] : undefined
}

const isOtherKind = ({ code, path }: Issue): boolean =>
  path.length === 0 && (code === 'invalid_type' || code === 'invalid_value')

/** `a map of keys and values or text`. */
function kindsOf({ errors }: Union): string {
  const kinds = errors.flatMap((issues) => issues.filter(isOtherKind).map(reason))
  const words = [...new Set(kinds.map((text) => text.replace(/^must be /, '')))]
  return words.length === 0 ? 'is of no form that is known' : `must be ${words.join(' or ')}`
}

function reason(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_union':
      return kindsOf(issue)
    case 'invalid_type':
      // A schema's own words are better than what could be said of any.
      return issue.message.startsWith('Invalid input')
        ? `must be ${TYPES[issue.expected] ?? issue.expected}`
        : issue.message
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
  const object = unwrap(at) as AnySchema | undefined
  const forms = [object, ...(object?.def?.options?.map(unwrap) ?? [])] as readonly AnySchema[]
  return forms.flatMap((form) => Object.keys(form?.shape ?? {}))
}

interface AnySchema {
  readonly shape?: Record<PropertyKey, unknown>
  readonly def?: {
    readonly type: string
    readonly innerType?: unknown
    readonly element?: unknown
    readonly valueType?: unknown
    readonly in?: unknown
    readonly options?: readonly unknown[]
  }
}

function unwrap(schema: unknown): unknown {
  let s = schema as AnySchema | undefined
  while (s?.def?.innerType ?? s?.def?.in) s = (s?.def?.innerType ?? s?.def?.in) as AnySchema
  return s
}

function child(schema: unknown, key: PropertyKey): unknown {
  const s = schema as AnySchema | undefined
  const own = s?.shape?.[key] ?? s?.def?.element ?? s?.def?.valueType
  return own ?? s?.def?.options?.map((option) => child(unwrap(option), key)).find(Boolean)
}
