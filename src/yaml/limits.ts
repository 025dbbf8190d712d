/** How long files may be. */

/** Longest file that people write, in characters. */
export const MAX_LENGTH = 1 << 20
/** Longest file that programs write, in bytes: some hundred thousand requests. */
export const MAX_LINES_LENGTH = 1 << 26
