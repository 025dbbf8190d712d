/**
 * Words for a POSIX shell (POSIX.1-2024, Shell Command Language §2.2). Programs
 * are started without a shell. What remains are commands that people paste,
 * commands for the shell of another machine, and the shell that gives a
 * namespace back after the command has died.
 */

/** Text that no argument of a program can hold. */
export class ShellTextError extends Error {
  readonly value: string
  constructor(value: string) {
    super(`${JSON.stringify(value)}: a NUL character cannot be in an argument of a program`)
    this.name = 'ShellTextError'
    this.value = value
  }
}

const PLAIN = /^[\w./:,@+-]+$/

/** One word, which a shell takes for exactly this text. Throws ShellTextError for a NUL character. */
export function shellWord(text: string): string {
  if (text.includes('\0')) throw new ShellTextError(text)
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/** The path of a file as one word, which no program takes for an option. `-` alone is standard input. */
export function shellPath(path: string): string {
  return shellWord(/^-./s.test(path) ? `./${path}` : path)
}

export interface Positional {
  /** Names its words by number only: `"${3}" "${4}"`, a line for each command. */
  readonly script: string
  /** The words, from `first` on. */
  readonly words: readonly string[]
}

/**
 * Commands as a script in which no text of theirs stands: every word is a
 * positional parameter, so nothing in it can become a part of the script.
 * `first`: number of the first word. `lead`: what the script puts in front of each.
 */
export function positional(
  commands: readonly (readonly string[])[],
  first: number,
  lead = '',
): Positional {
  const words: string[] = []
  const lines = commands.map((command) => {
    const numbered = command.map((word) => {
      if (word.includes('\0')) throw new ShellTextError(word)
      return `"\${${first + words.push(word) - 1}}"`
    })
    return `${lead}${numbered.join(' ')}\n`
  })
  return { script: lines.join(''), words }
}
