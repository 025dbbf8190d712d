/** Makes text from outside safe for a terminal. All output passes through this function. */

// Controls (C0, DEL, C1), format characters (bidirectional controls, zero-width
// characters, tags), line and paragraph separators, halves of surrogate pairs, private
// use, noncharacters, and everything else that is invisible by default (fillers,
// variation selectors). Not line feeds, tabs, and the selector of a symbol's form
// right after a symbol.
const UNSAFE =
  /(?![\n\t]|(?<=\p{Extended_Pictographic})[\ufe0e\ufe0f])[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}\p{Co}\p{Noncharacter_Code_Point}\p{Default_Ignorable_Code_Point}]/gu

/**
 * The text with every character made visible that could control the terminal, hide text or reorder
 * it. C0 and C1 controls and DEL (ECMA-48) become `\x1b`. The others become `\u{202e}`:
 * bidirectional controls (UAX #9), zero-width and other format characters, tags, line and paragraph
 * separators, lone surrogates, variation selectors, private use, noncharacters.
 *
 * Unchanged are line feeds and tabs (CR LF becomes LF), letters, marks, digits, punctuation and
 * symbols of every script, and U+FE0E or U+FE0F right after a symbol, which choose its form.
 * Backslashes are unchanged too, so the text cannot be decoded again: it is for reading. Applying
 * it twice changes nothing more. Empty for empty text.
 */
export function terminalSafe(text: string): string {
  return text.replaceAll('\r\n', '\n').replaceAll(UNSAFE, visible)
}

/**
 * The same as one line, for a name or a value: line feeds and tabs become visible too, as `
 * ` and `\t`.
 */
export function terminalSafeLine(text: string): string {
  return terminalSafe(text.replaceAll('\r', '\\r').replaceAll('\n', '\\n').replaceAll('\t', '\\t'))
}

/** JSON with all these characters written as JSON escapes: the data stays the same. */
export function terminalSafeJson(json: string): string {
  return json.replaceAll(UNSAFE, jsonEscape)
}

const LAST_C1 = 0x9f

function visible(character: string): string {
  const code = character.codePointAt(0)!
  const digits = code.toString(16)
  return code <= LAST_C1 ? `\\x${digits.padStart(2, '0')}` : `\\u{${digits}}`
}

/** Above U+FFFF, both halves of the surrogate pair (RFC 8259 §7). */
function jsonEscape(character: string): string {
  const units = Array.from({ length: character.length }, (_, i) => character.charCodeAt(i))
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
}
