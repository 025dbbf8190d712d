/**
 * When a schema checks a map as a whole. By default, zod does so only if each value is valid, so
 * one error would hide others.
 */

interface Judged {
  readonly value: unknown
  readonly issues: readonly { readonly code?: string | undefined }[]
}

const isMap = ({ value }: Judged): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether an unknown key may be a mistyped form of a missing one. */
export const hasUnknownKeys = (issues: Judged['issues']): boolean =>
  issues.some(({ code }) => code === 'unrecognized_keys')

/** The check must accept values of any type. */
export const EVEN_IF_BROKEN = { when: isMap }

/** For required keys: an unknown key may be a mistyped one. */
export const IF_KEYS_ARE_KNOWN = {
  when: (judged: Judged): boolean => isMap(judged) && !hasUnknownKeys(judged.issues),
}
