/** Zod's issues → those that cause the others, each with its path from the top. */
import type { z } from 'zod'
import type { Path } from './positions.ts'

type Issue = z.core.$ZodIssue
type Union = Extract<Issue, { code: 'invalid_union' }>

/** The issues of the one form that the value's type selects. */
function meantOf({ errors }: Union, value: unknown): readonly Issue[] | undefined {
  if (value === undefined) return undefined
  const ofKind = errors.filter((issues) => !issues.some(isOtherKind))
  return ofKind.length === 1 ? ofKind[0] : undefined
}

export const isOtherKind = ({ code, path }: Issue): boolean =>
  path.length === 0 && (code === 'invalid_type' || code === 'invalid_value')

/** For a value with several allowed forms, only the issues of the selected form count. */
export function causesIn(issues: readonly Issue[], value: unknown): readonly Issue[] {
  return causes(issues).flatMap((issue) => {
    const meant =
      issue.code === 'invalid_union' ? meantOf(issue, valueAtPath(value, issue.path)) : undefined
    if (!meant) return [issue]
    const inner = meant.map((one) => ({ ...one, path: [...issue.path, ...one.path] }))
    return causesIn(inner, value)
  })
}

/** A value of the wrong type has further issues, all caused by the type. */
function causes(issues: readonly Issue[]): readonly Issue[] {
  const otherKind = new Set(
    issues.filter(({ code }) => code === 'invalid_type').map(({ path }) => JSON.stringify(path)),
  )
  return issues.filter(
    ({ code, path }) => code === 'invalid_type' || !otherKind.has(JSON.stringify(path)),
  )
}

export function valueAtPath(value: unknown, path: Path): unknown {
  return path.reduce<unknown>(
    (v, key) =>
      typeof v === 'object' && v !== null ? (v as Record<PropertyKey, unknown>)[key] : undefined,
    value,
  )
}
