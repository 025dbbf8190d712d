/**
 * nftables text → tokens, divided as in nft's own scanner (nft(8), LEXICAL CONVENTIONS): words,
 * strings, punctuation, line ends. No text is refused here.
 */

export interface Token {
  /** `end`: a line end or a semicolon. */
  readonly kind: 'word' | 'string' | 'variable' | 'punctuation' | 'end'
  /** Without quotation marks and without the dollar sign of a variable. */
  readonly text: string
  /** Line and column of its first character, from 1. */
  readonly line: number
  readonly column: number
}

// A backslash joins lines; a string may contain line ends. Words contain the characters of
// addresses, prefixes, ranges, times and wildcards. Any other character (strange.ts) is a word of
// its own.
const PATTERNS: readonly (readonly [Token['kind'] | 'skip', RegExp])[] = [
  ['skip', /[ \t\r]+|\\\r?\n|#[^\n]*/y],
  ['end', /\n|;/y],
  ['string', /"[^"]*"/y],
  ['variable', /\$[A-Za-z_][\w./-]*/y],
  ['punctuation', /!=|==|<=|>=|<<|>>|[{},()=<>!&|^~]/y],
  ['word', /@?[^\s{},;()=!<>&|^~"#$\\]+|[\s\S]/y],
]

/** All tokens in order, without comments and blanks. */
export function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  let at = 0
  let line = 1
  let lineStart = 0
  while (at < text.length) {
    const [kind, raw] = next(text, at)
    if (kind !== 'skip')
      tokens.push({ kind, text: bare(kind, raw), line, column: at - lineStart + 1 })
    for (let end = raw.indexOf('\n'); end >= 0; end = raw.indexOf('\n', end + 1)) {
      line++
      lineStart = at + end + 1
    }
    at += raw.length
  }
  return tokens
}

function next(text: string, at: number): [Token['kind'] | 'skip', string] {
  for (const [kind, pattern] of PATTERNS) {
    pattern.lastIndex = at
    const [raw] = pattern.exec(text) ?? []
    if (raw !== undefined) return [kind, raw]
  }
  throw new Error(`no token at ${at}`) // the last pattern matches any character
}

function bare(kind: Token['kind'], raw: string): string {
  if (kind === 'string') return raw.slice(1, -1)
  return kind === 'variable' ? raw.slice(1) : raw
}
