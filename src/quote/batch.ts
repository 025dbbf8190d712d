/**
 * Commands of ip(8) and tc(8) for their -batch option. A batch has no escapes (iproute2,
 * lib/utils.c, getcmdline and makeargs): a `#` begins a comment even within quotes, a backslash at
 * the end of a line joins lines, blanks separate words, and a quote counts only at the beginning of
 * a word.
 */

/** A command as a list of words. */
export type Command = readonly string[]

/** Thrown for text that a line of a batch cannot contain. */
export class BatchTextError extends Error {
  readonly value: string
  constructor(value: string) {
    super(`${JSON.stringify(value)}: ip(8) cannot read this text from a batch file`)
    this.name = 'BatchTextError'
    this.value = value
  }
}

const NEVER = /[#\n\r\0]/

/** The text of a batch. Throws BatchTextError for a word that a batch cannot contain. */
export function batchText(commands: readonly Command[]): string {
  return commands.map((words) => `${words.map(batchWord).join(' ')}\n`).join('')
}

export function batchWord(word: string): string {
  if (NEVER.test(word)) throw new BatchTextError(word)
  if (!/^["']|[ \t]|\\$|^$/.test(word)) return word
  const quote = ['"', "'"].find((one) => !word.includes(one))
  if (quote === undefined) throw new BatchTextError(word)
  return `${quote}${word}${quote}`
}
