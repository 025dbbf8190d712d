/** Comments of YAML files. Values are written by the `yaml` library. */

/** Ends of lines in YAML 1.2 and 1.1 (§5.4; NEL, LS and PS ended lines in 1.1). */
const LINE_ENDS = /\r\n|[\n\r\u0085\u2028\u2029]/
/** Neither printable in YAML (§5.1) nor harmless where a file is shown; or what a reader takes for a broken file. */
const UNSAFE = /[^\P{Cc}\t]|[\p{Cf}\p{Cs}\ufffd-\uffff]/gu
const visible = (c: string): string => `\\u${c.codePointAt(0)!.toString(16).padStart(4, '0')}`

/** `# …`, for every line of the text: none of it can become a value. */
export function yamlComment(text: string): string {
  return text
    .split(LINE_ENDS)
    .map((line) => `# ${line.replaceAll(UNSAFE, visible)}\n`)
    .join('')
}
