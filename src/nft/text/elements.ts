/** The elements of a set, map or verdict map in braces: `{ "eth0" . 10.0.0.1 : accept, … }`. */
import type { Token } from './tokens.ts'

export interface Element {
  /** The parts of a concatenation; one part if the key is not a concatenation. */
  readonly key: readonly Token[]
  /** All words after the colon of a map. */
  readonly data: readonly Token[]
}

export interface ElementsReading {
  readonly elements: readonly Element[]
  /** The index of the token after the closing brace. */
  readonly next: number
}

/** `tokens[from]` is the opening brace. Nested sets, which defines produce, are flattened. */
export function elementsOf(tokens: readonly Token[], from: number): ElementsReading {
  const elements: Element[] = []
  let at = from + 1
  let words: Token[] = []
  const end = (): void => {
    if (words.length > 0) elements.push(elementIn(words))
    words = []
  }
  while (at < tokens.length && !isMark(tokens[at]!, '}')) {
    const token = tokens[at]!
    if (isMark(token, '{')) {
      const inner = elementsOf(tokens, at)
      for (const element of inner.elements) elements.push(element)
      at = inner.next
      continue
    }
    if (isMark(token, ',')) end()
    else for (const part of apart(token)) words.push(part)
    at++
  }
  end()
  return { elements, next: at + 1 }
}

const isMark = ({ kind, text }: Token, mark: string): boolean =>
  kind === 'punctuation' && text === mark

/**
 * A colon within a word separates key and data: `10.0.0.1: drop`, `22:accept`. A word with more
 * colons is an IPv6 address, possibly followed by a separating colon.
 */
function apart(token: Token): Token[] {
  const { kind, text } = token
  if (kind !== 'word' || text === ':') return [token]
  const made = (text: string): Token[] => (text === '' ? [] : [{ ...token, text }])
  const [head = '', tail = '', ...more] = text.split(':')
  if (text.includes(':') && more.length === 0) return [...made(head), ...made(':'), ...made(tail)]
  if (text.endsWith(':') && !text.endsWith('::')) return [...made(text.slice(0, -1)), ...made(':')]
  return [token]
}

function elementIn(words: readonly Token[]): Element {
  const colon = words.findIndex(({ kind, text }) => kind === 'word' && text === ':')
  const key = colon < 0 ? words : words.slice(0, colon)
  return { key: elementParts(key), data: colon < 0 ? [] : words.slice(colon + 1) }
}

/**
 * The first word of each part. Words after the last part are its options: `timeout 1h`, `comment
 * "…"`.
 */
export function elementParts(words: readonly Token[]): Token[] {
  const parts: Token[] = []
  let isNext = true
  for (const [i, token] of words.entries()) {
    if (token.kind === 'word' && token.text === '.') isNext = true
    else if (isNext) {
      parts.push(ranged(words, i))
      isNext = false
    }
  }
  return parts
}

/** A range may contain blanks: `10.0.0.1 - 10.0.0.9`. */
function ranged(words: readonly Token[], at: number): Token {
  const token = words[at]!
  const last = words[at + 1]?.text === '-' ? words[at + 2] : undefined
  return last ? { ...token, text: `${token.text}-${last.text}` } : token
}
