/** The files that an nftables text includes, with their positions. */
import { lineStarts } from './lines.ts'
import { type Token, tokensOf } from './tokens.ts'

export interface Include {
  readonly pattern: string
  /** The column of its first letter, from 1. */
  readonly line: number
  readonly column: number
  /** The offsets of the statement in the text. */
  readonly from: number
  readonly to: number
}

/** Only include statements: the word in a comment, a string or a rule does not count. */
export function includesIn(text: string): Include[] {
  if (!text.includes('include')) return []
  const tokens = tokensOf(text)
  const starts = lineStarts(text)
  const offsetOf = ({ line, column }: Token): number => starts[line - 1]! + column - 1
  return tokens.flatMap((token, i) => {
    const [before, name] = [tokens[i - 1], tokens[i + 1]]
    const begins =
      !before || before.kind === 'end' || (before.kind !== 'string' && /^[{}]$/.test(before.text))
    if (!begins || !isInclude(token, name)) return []
    const { line, column } = token
    const to = offsetOf(name) + name.text.length + 2
    return [{ pattern: name.text, line, column, from: offsetOf(token), to }]
  })
}

const isInclude = (token: Token, name: Token | undefined): name is Token =>
  token.kind === 'word' && token.text === 'include' && name?.kind === 'string'

/**
 * The position of an include at any place in the text: nft would open that file itself, unchecked.
 * Undefined if the text has no include.
 */
export function anyInclude(text: string): Pick<Token, 'line' | 'column'> | undefined {
  if (!text.includes('include')) return undefined
  const tokens = tokensOf(text)
  return tokens.find((token, i) => isInclude(token, tokens[i + 1]))
}
