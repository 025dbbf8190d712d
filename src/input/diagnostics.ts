/** Zod's issues → problems with position, value and allowed values. */
import type { z } from 'zod'
import type { Path, YamlDocument } from './document.ts'
import { inOrder, lazily, type Problem } from './problem.ts'
import { quoted } from './quoted.ts'
import { causesIn, isOtherKind, valueAtPath } from './schema-causes.ts'
import { nearest, suggestion } from './suggestion.ts'
import { unseenWords } from './unseen.ts'

type Issue = z.core.$ZodIssue
type Union = Extract<Issue, { code: 'invalid_union' }>

export function problemsOf(
  issues: readonly Issue[],
  document: YamlDocument,
  schema: z.ZodType,
): Problem[] {
  const causes = causesIn(issues, document.value)
  const meant = meantKeys(causes, schema)
  const told = causes.filter(
    ({ path }) =>
      valueAtPath(document.value, path) !== undefined ||
      !meant.get(JSON.stringify(path.slice(0, -1)))?.has(String(path.at(-1))),
  )
  return inOrder(told.flatMap((issue) => explain(issue, document, schema)))
}

/** At most this many unknown keys of a map are compared with the known ones. */
const LOOKED_THROUGH = 1000

/**
 * For each map, the known keys that its unknown keys probably mean. These are not reported as
 * missing too.
 */
function meantKeys(
  issues: readonly Issue[],
  schema: z.ZodType,
): ReadonlyMap<string, ReadonlySet<string>> {
  return new Map(
    issues.flatMap((issue) => {
      if (issue.code !== 'unrecognized_keys') return []
      const known = keysAt(schema, issue.path)
      const keys = issue.keys.slice(0, LOOKED_THROUGH).map((key) => nearest(key, known))
      return [[JSON.stringify(issue.path), new Set(keys.filter((key) => key !== undefined))]]
    }),
  )
}

function explain(issue: Issue, document: YamlDocument, schema: z.ZodType): Problem[] {
  const { path } = issue
  const value = valueAtPath(document.value, path)
  const name = fieldName(path)
  if (issue.code === 'unrecognized_keys') {
    const known = keysAt(schema, path)
    return issue.keys.map((key) =>
      lazily(
        document.keyPlace([...path, key]),
        () =>
          `unknown key ${quoted(key)}${within(path)}${unseenWords(key) || suggestion(key, known)}`,
      ),
    )
  }
  if (value === undefined && issue.code !== 'custom')
    return [{ at: document.place(path), message: `${name} is missing` }]
  // The message of a value's own reader already names the wrong part.
  const what = (): string =>
    issue.code === 'custom'
      ? issue.message
      : // The whole file is never quoted: it may be another kind of file, with secrets.
        path.length === 0
        ? reason(issue)
        : `${quoted(value)}: ${reason(issue)}`
  return [lazily(document.place(path), () => `${name} ${what()}`)]
}

/** `a map of keys and values or text`. */
function kindsOf({ errors }: Union): string {
  const kinds = errors.flatMap((issues) => issues.filter(isOtherKind).map(reason))
  const words = [...new Set(kinds.map((text) => text.replace(/^must be /, '')))]
  return words.length === 0 ? 'has none of the allowed forms' : `must be ${words.join(' or ')}`
}

function reason(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_union':
      return kindsOf(issue)
    case 'invalid_type':
      // A schema's own message is more specific than a general one.
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

function fieldName(path: Path): string {
  const name = path.findLast((part) => typeof part === 'string')
  return name === undefined ? 'the file' : shortName(name)
}

/** A map's own keys are names that the file chose. */
const shortName = (name: PropertyKey): string => String(name).slice(0, 64)

function within(path: Path): string {
  const name = path.findLast((part) => typeof part === 'string')
  return name === undefined ? '' : ` in ${shortName(name)}`
}

/** The keys that a map at this path may have. */
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
