/**
 * JSON output of ip(8) and tc(8). They print names byte by byte: iproute2's json_writer.c does not
 * escape all control characters, and it escapes apostrophes, which JSON does not.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: the search is for control characters
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/g
/**
 * Invalid JSON that releases before 6.2 print. An even number of backslashes before it are escapes
 * of their own.
 */
const APOSTROPHE = /(?<!\\)((?:\\\\)*)\\'/g

/** Empty output is an empty list, as in older releases. Throws SyntaxError for invalid JSON. */
export function kernelJson(text: string): unknown {
  const json = text
    .trim()
    .replace(CONTROL, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(APOSTROPHE, "$1'")
  return JSON.parse(json || '[]')
}
