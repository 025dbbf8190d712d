/**
 * Where a text stops being JSON (RFC 8259), and what the grammar expects there. The engine's own
 * message has no position for a short text, and it quotes the text, which may be secret.
 */

export interface JsonFault {
  /** The offset in the text. For a text that ends too early, its length. */
  readonly offset: number
  /** `a value is missing here` */
  readonly reason: string
}

type Wanted = 'value' | 'value or ]' | 'key' | 'key or }' | 'colon' | 'comma' | 'end'

const REASONS: Readonly<Record<Wanted, string>> = {
  value: 'a value is missing here',
  'value or ]': 'a value or "]" is missing here',
  key: 'a key in quotation marks is missing here',
  'key or }': 'a key in quotation marks or "}" is missing here',
  colon: 'a colon is missing here',
  comma: 'a comma or the closing bracket is missing here',
  end: 'the text must end after the first value',
}

/** Undefined if the text is JSON. */
export function faultInJson(text: string): JsonFault | undefined {
  return new Reader(text).fault()
}

const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y

class Reader {
  readonly #text: string
  readonly #open: ('{' | '[')[] = []
  #at = 0
  #wanted: Wanted = 'value'

  constructor(text: string) {
    this.#text = text
  }

  fault(): JsonFault | undefined {
    for (;;) {
      this.#skipBlanks()
      if (this.#at >= this.#text.length) {
        if (this.#wanted === 'end') return undefined
        return { offset: this.#text.length, reason: 'the text ends too early' }
      }
      const reason = this.#step(this.#text[this.#at]!)
      if (reason !== undefined) return { offset: this.#at, reason }
    }
  }

  #skipBlanks(): void {
    while (BLANKS.has(this.#text.charCodeAt(this.#at))) this.#at++
  }

  /** Why the next token is wrong here. Undefined once it is read. */
  #step(first: string): string | undefined {
    const wanted = this.#wanted
    switch (wanted) {
      case 'end':
        return REASONS.end
      case 'colon':
        return first === ':' ? this.#take('value') : REASONS.colon
      case 'comma':
        return this.#afterValue(first)
      case 'key':
      case 'key or }':
        if (first === '"') return this.#string('colon')
        return first === '}' && wanted === 'key or }' ? this.#close() : REASONS[wanted]
      case 'value':
      case 'value or ]':
        if (first === ']' && wanted === 'value or ]') return this.#close()
        return this.#value(first) ?? undefined
      default:
        throw new Error(`unknown want ${wanted satisfies never}`)
    }
  }

  #afterValue(first: string): string | undefined {
    const open = this.#open.at(-1)
    if (first === ',') return this.#take(open === '{' ? 'key' : 'value')
    return first === (open === '{' ? '}' : ']') ? this.#close() : REASONS.comma
  }

  #value(first: string): string | undefined {
    if (first === '{' || first === '[') {
      this.#open.push(first)
      return this.#take(first === '{' ? 'key or }' : 'value or ]')
    }
    if (first === '"') return this.#string(this.#behindValue())
    LITERAL.lastIndex = this.#at
    const [found] = LITERAL.exec(this.#text) ?? []
    if (found === undefined) return REASONS[this.#wanted]
    this.#at += found.length
    this.#wanted = this.#behindValue()
    return undefined
  }

  #behindValue(): Wanted {
    return this.#open.length > 0 ? 'comma' : 'end'
  }

  #take(next: Wanted): undefined {
    this.#at++
    this.#wanted = next
  }

  #close(): undefined {
    this.#open.pop()
    this.#at++
    this.#wanted = this.#behindValue()
  }

  /** Character by character: a regular expression overflows the stack on a long text. */
  #string(next: Wanted): string | undefined {
    const start = this.#at
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === QUOTE) return this.#take(next)
      if (code < 0x20)
        return 'a string contains a line end or a control character: write it as an escape'
      if (code !== BACKSLASH) continue
      ESCAPE.lastIndex = this.#at + 1
      const [found] = ESCAPE.exec(this.#text) ?? []
      if (found === undefined) return 'unknown escape in a string'
      this.#at += found.length
    }
    this.#at = start
    return 'the closing quotation mark is missing'
  }
}

const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d])
const QUOTE = 0x22
const BACKSLASH = 0x5c
const ESCAPE = /["\\/bfnrt]|u[\da-fA-F]{4}/y
