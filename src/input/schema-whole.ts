/**
 * When a schema judges a map as a whole. Zod by itself does so only where each
 * of its values is right, so that one mistake would hide the others.
 */

interface Judged {
  readonly value: unknown
  readonly issues: readonly { readonly code?: string | undefined }[]
}

const isMap = ({ value }: Judged): boolean =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Whether there is a key that may be a mistyped one of those that are missing. */
export const hasUnknownKeys = (issues: Judged['issues']): boolean =>
  issues.some(({ code }) => code === 'unrecognized_keys')

/** What is judged may be of any type then. */
export const EVEN_IF_BROKEN = { when: isMap }

/** For what must be there: a key that is not known may stand for it. */
export const IF_KEYS_ARE_KNOWN = {
  when: (judged: Judged): boolean => isMap(judged) && !hasUnknownKeys(judged.issues),
}
