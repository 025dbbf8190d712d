/** Comments of YAML files. The `yaml` library writes the values. */

/** Line ends in YAML 1.2 and 1.1 (§5.4; NEL, LS and PS ended lines in 1.1). */
const LINE_ENDS = /\r\n|[\n\r\u0085\u2028\u2029]/
/**
 * Characters that YAML does not allow (§5.1), that could affect the display of a file, or that make
 * a file look broken.
 */
const UNSAFE = /[^\P{Cc}\t]|[\p{Cf}\p{Cs}\ufffd-\uffff]/gu
const visible = (c: string): string => `\\u${c.codePointAt(0)!.toString(16).padStart(4, '0')}`

/** `# …` before every line of the text, so no line can become a value. */
export function yamlComment(text: string): string {
  return text
    .split(LINE_ENDS)
    .map((line) => `# ${line.replaceAll(UNSAFE, visible)}\n`)
    .join('')
}
