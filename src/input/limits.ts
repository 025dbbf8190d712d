/** How long and how deep files may be. */

/** Longest file that people write, or line that programs write, in characters. */
export const MAX_LENGTH = 1 << 20
/** Lines and commas of a file that people write: about as many as it has values. Every port has room. */
export const MAX_VALUES = 1 << 17
/** Longest file that programs write, in bytes: some hundred thousand requests. */
export const MAX_LINES_LENGTH = 1 << 26
/** Deepest nesting that is read; a policy needs six. */
export const MAX_DEPTH = 64
