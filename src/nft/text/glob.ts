/**
 * Wildcards of glob(7), as nft accepts them in names of included files: no braces, no `**`, no
 * escapes.
 */

export const isWildcard = (pattern: string): boolean => /[*?[]/.test(pattern)

/**
 * Whether a name without slashes matches. A leading dot must be written. The time is at most the
 * product of both lengths.
 */
export function fits(name: string, pattern: string): boolean {
  const marks = marksIn(pattern)
  if (name.startsWith('.') && marks[0]?.text !== '.') return false
  const letters = [...name]
  let [at, mark] = [0, 0]
  // After the last star: the end of its match, and the next character of the pattern.
  let back: { at: number; mark: number } | undefined
  while (at < letters.length) {
    const one = marks[mark]
    if (one?.text === '*') back = { at, mark: ++mark }
    else if (one?.takes(letters[at]!)) {
      at++
      mark++
    } else if (back) {
      back = { at: back.at + 1, mark: back.mark }
      at = back.at
      mark = back.mark
    } else return false
  }
  while (marks[mark]?.text === '*') mark++
  return mark === marks.length
}

interface Mark {
  readonly text: string
  readonly takes: (letter: string) => boolean
}

function marksIn(pattern: string): Mark[] {
  const parts = pattern.match(/\[[!^]?\]?[^\]]*\]|[\s\S]/gu) ?? []
  return parts.map((text) => ({ text, takes: taking(text) }))
}

function taking(text: string): Mark['takes'] {
  if (text === '?') return () => true
  const [, not, inside] = /^\[([!^]?)([\s\S]+)\]$/u.exec(text) ?? []
  if (inside === undefined) return (letter) => letter === text
  const ranges = [...inside.matchAll(/([\s\S])-([\s\S])|([\s\S])/gu)].map(
    ([, from, to, one]) => [from ?? one!, to ?? one!] as const,
  )
  return (letter) =>
    ranges.some(
      ([from, to]) =>
        codePointOf(from) <= codePointOf(letter) && codePointOf(letter) <= codePointOf(to),
    ) !==
    (not !== '')
}

const codePointOf = (letter: string): number => letter.codePointAt(0)!
