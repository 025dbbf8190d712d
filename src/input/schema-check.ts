/**
 * Checks a document against its schema. Invalid parts are cut out and reported. The rest is still
 * read, so one error does not hide others.
 */
import type { z } from 'zod'
import { capped, MOST } from './capped.ts'
import { problemsOf } from './diagnostics.ts'
import type { YamlDocument } from './document.ts'
import type { Problem } from './problem.ts'
import { cut, type Partly } from './schema-cut.ts'

export type Checked<T> =
  | { readonly ok: true; readonly data: T; readonly problems: readonly [] }
  /** The parts with the right types. Their length and form may be wrong. */
  | { readonly ok: false; readonly data: Partly<T>; readonly problems: readonly Problem[] }

export function check<S extends z.ZodType>(document: YamlDocument, schema: S): Checked<z.infer<S>> {
  const { checked, isCapped } = parsed(document.value, schema)
  if (checked.success && document.problems.length === 0)
    return { ok: true, data: checked.data, problems: [] }
  const issues = checked.success ? [] : checked.error.issues
  return {
    ok: false,
    data: cut(document.value, issues) as Partly<z.infer<S>>,
    problems: [
      ...(isCapped ? [{ at: document.place([]), message: CAPPED }] : []),
      ...document.problems,
      ...problemsOf(issues, document, schema),
    ],
  }
}

/** Zod passes the issues of a list as the arguments of one call, and their number is limited. */
function parsed<S extends z.ZodType>(value: unknown, schema: S) {
  try {
    return { checked: schema.safeParse(value, { jitless: isSeldom(schema) }), isCapped: false }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error
    return { checked: schema.safeParse(capped(value)), isCapped: true }
  }
}

/** Checks of a schema from which on it is compiled, which takes longer than a few checks without. */
const OFTEN = 100
const checks = new WeakMap<z.ZodType, number>()

function isSeldom(schema: z.ZodType): boolean {
  const before = checks.get(schema) ?? 0
  checks.set(schema, before + 1)
  return before < OFTEN
}

const CAPPED = `too many errors: only the first ${MOST} entries of each list and map were checked`
