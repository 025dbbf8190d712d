/**
 * Words for a POSIX shell (POSIX.1-2024, Shell Command Language §2.2). nftproof starts programs
 * without a shell. This is for commands that a user pastes, commands for another machine's shell,
 * and the shell that restores a namespace after nftproof was killed.
 */

/** Thrown for text that no program argument can contain. */
export class ShellTextError extends Error {
  readonly value: string
  constructor(value: string) {
    super(`${JSON.stringify(value)}: a NUL character cannot be in an argument of a program`)
    this.name = 'ShellTextError'
    this.value = value
  }
}

const PLAIN = /^[\w./:,@+-]+$/

/** One word that a shell reads as exactly this text. Throws ShellTextError for a NUL character. */
export function shellWord(text: string): string {
  if (text.includes('\0')) throw new ShellTextError(text)
  return PLAIN.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`
}

/**
 * The path of a file as one word that no program reads as an option. `-` alone is standard input.
 */
export function shellPath(path: string): string {
  return shellWord(/^-./s.test(path) ? `./${path}` : path)
}

export interface Positional {
  /** The script refers to its words by number: `"${3}" "${4}"`, one line for each command. */
  readonly script: string
  /** The words; `first` is the number of the first one. */
  readonly words: readonly string[]
}

/**
 * Commands as a script without any of their text: every word is a positional parameter, so it
 * cannot become code. `first`: number of the first word. `lead`: text before each command.
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
