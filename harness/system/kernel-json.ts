/**
 * JSON as ip(8) and tc(8) print it. They print names of the kernel's byte by
 * byte: iproute2's json_writer.c escapes neither every control character nor
 * an apostrophe as JSON does.
 */

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones that are looked for
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/g
/** Not JSON, but printed by releases before 6.2. An even number of backslashes before it are escapes themselves. */
const APOSTROPHE = /(?<!\\)((?:\\\\)*)\\'/g

/** Nothing at all is an empty list, as older releases print it. Throws SyntaxError for what is no JSON. */
export function kernelJson(text: string): unknown {
  const json = text
    .trim()
    .replace(CONTROL, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replace(APOSTROPHE, "$1'")
  return JSON.parse(json || '[]')
}
