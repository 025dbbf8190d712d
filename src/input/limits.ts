/** Limits for the length and depth of files. */

/** Characters of a file written by hand, or of one line written by a program. */
export const MAX_LENGTH = 1 << 20
/**
 * Lines and commas of a file written by hand: about its number of values. A list of all 65,536
 * ports fits.
 */
export const MAX_VALUES = 1 << 17
/** Bytes of a file written by a program: some hundred thousand requests. */
export const MAX_LINES_LENGTH = 1 << 26
/** Nesting levels. A policy needs six. */
export const MAX_DEPTH = 64
