/**
 * Lines of iptables-save → words, divided as in iptables-restore (add_param_to_argv of
 * iptables/xshared.c): blanks separate words, a closing quotation mark too, and a backslash escapes
 * only within quotes.
 */
import { byteLength } from '../../quote/utf8.ts'

export interface SavedWord {
  readonly text: string
  /** The column of its first character, from 1. */
  readonly column: number
}

export function savedWords(line: string): SavedWord[] {
  const words: SavedWord[] = []
  let text = ''
  let column = 0
  let isQuoted = false
  let isEscaped = false
  const end = (): void => {
    if (text !== '') words.push({ text, column })
    text = ''
  }
  const add = (c: string, at: number): void => {
    if (text === '') column = at + 1
    text += c
  }
  for (let at = 0; at < line.length; at++) {
    const c = line[at]!
    if (isEscaped || (isQuoted && c !== '\\' && c !== '"')) {
      add(c, at)
      isEscaped = false
    } else if (isQuoted && c === '\\') isEscaped = true
    else if (c === '"') {
      if (isQuoted) end()
      isQuoted = !isQuoted
    } else if (/[ \t\n]/.test(c)) end()
    else add(c, at)
  }
  end()
  return words
}

/**
 * iptables-restore reads lines into a buffer of 10,240 bytes. It reads the rest of a longer line as
 * another line.
 */
const MOST_BYTES = 10_239
const MOST_OF_A_CHARACTER = 3 // bytes of UTF-8 for each UTF-16 unit

export interface SavedFault {
  /** Line number, from 1. */
  readonly line: number
  readonly column: number
  readonly message: string
}

// `--modprobe=PROGRAM` is started as soon as iptables needs a kernel module. It may be abbreviated
// (getopt_long), and the short form may follow options without a value (the optstring of
// xshared.h).
const PROGRAM_OPTION = /^(?:--mo(?:d(?:p(?:r(?:o(?:be?)?)?)?)?)?(?:=|$)|-[Vbvnx46f]*M)/

/** Options that make iptables-restore run a program, and lines that it would read differently. */
export function savedFaults(text: string): SavedFault[] {
  return text.split('\n').flatMap((line, i) => {
    const fault = lineFault(line)
    return fault ? [{ line: i + 1, ...fault }] : []
  })
}

function lineFault(line: string): Omit<SavedFault, 'line'> | undefined {
  if (line.length * MOST_OF_A_CHARACTER > MOST_BYTES && byteLength(line) > MOST_BYTES)
    return {
      column: 1,
      message: `a line of more than ${MOST_BYTES.toLocaleString('en')} bytes: iptables-restore reads the rest of it as another line: write several rules, or use an ipset`,
    }
  if (line.startsWith('#')) return undefined
  const option = savedWords(line).find(({ text }) => PROGRAM_OPTION.test(text))
  return (
    option && {
      column: option.column,
      message: `option ${option.text.split('=')[0]}: iptables would run the program that it names: remove the option`,
    }
  )
}

/** Whether a word of a rule is an option that makes iptables run a program. */
export const runsProgram = (word: string): boolean => PROGRAM_OPTION.test(word)
