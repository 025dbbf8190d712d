/** A command line → its words, without quotation marks (POSIX.1-2024, Shell Command Language §2.2). */

const WORD = /(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+/g

export function shellWords(line: string): string[] {
  return (line.match(WORD) ?? []).map(unquoted)
}

export function unquoted(word: string): string {
  return word.replace(
    /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/g,
    (_, single?: string, double?: string, escaped?: string) =>
      single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? '',
  )
}
