/** Reads what `compile` wrote, in either form. */
import type { Block, Table } from './table.ts'

/** Thrown for a ruleset text that `compile` did not write. */
export class NotCompiledError extends Error {
  constructor(line: number, why: string) {
    super(`line ${line}: ${why}`)
    this.name = 'NotCompiledError'
  }
}

/** Reads a text of `render`. Throws NotCompiledError for any other text. */
export function readTable(text: string): Table {
  return new Reader(text.split('\n')).table()
}

class Reader {
  readonly #lines: readonly string[]
  #at = 0

  constructor(lines: readonly string[]) {
    this.#lines = lines
  }

  table(): Table {
    const remarks: string[] = []
    while (this.#peek().startsWith('# ')) remarks.push(this.#next().slice(2))
    const name = this.#match(/^table (inet (?:egress|zones)_[a-z0-9_]+)$/)
    this.#expect(`delete table ${name}`)
    this.#expect(`table ${name} {`)
    const blocks: Block[] = []
    while (this.#peek() !== '}') blocks.push(this.#block())
    this.#expect('}')
    if (this.#lines.slice(this.#at).join() !== '') this.#refuse('the text must end after the table')
    return { name, remarks, blocks }
  }

  #block(): Block {
    const inline = INLINE.exec(this.#peek())
    if (inline) {
      this.#next()
      return inlineBlock(inline)
    }
    const [kind, name] = this.#match(/^\t((?:set|map|chain) [a-z0-9_]+) \{$/).split(' ')
    const inner: string[] = []
    while (this.#peek() !== '\t}') inner.push(this.#match(/^\t\t(.+)$/))
    this.#expect('\t}')
    if (kind === 'chain') {
      const heads = inner.findIndex((line) => !line.startsWith('type '))
      const split = heads < 0 ? inner.length : heads
      return { kind, name: name!, head: inner.slice(0, split), items: inner.slice(split) }
    }
    const from = inner.indexOf('elements = {')
    const head = from < 0 ? inner : inner.slice(0, from)
    const items = from < 0 ? [] : inner.slice(from + 1, -1).map((line) => line.slice(1, -1))
    return { kind: kind === 'set' ? 'set' : 'map', name: name!, head, items }
  }

  #peek(): string {
    return this.#lines[this.#at] ?? this.#refuse('the text ends too early')
  }

  #next(): string {
    const line = this.#peek()
    this.#at++
    return line
  }

  #match(pattern: RegExp): string {
    return pattern.exec(this.#peek())?.[1] !== undefined
      ? pattern.exec(this.#next())![1]!
      : this.#refuse('not written by nftproof compile')
  }

  #expect(line: string): void {
    if (this.#next() !== line) {
      this.#at--
      this.#refuse(`expected ${JSON.stringify(line)}`)
    }
  }

  #refuse(why: string): never {
    throw new NotCompiledError(this.#at + 1, why)
  }
}

const INLINE = /^\t(set|map) ([a-z0-9_]+) \{ (type [^{}]+); (?:elements = \{ (.+) \}; )?\}$/

/** `set project_links { type ifname; elements = { "shop0" }; }` */
function inlineBlock([, kind, name, head, items]: readonly string[]): Block {
  return {
    kind: kind === 'set' ? 'set' : 'map',
    name: name!,
    head: head!.split('; '),
    items: items?.split(', ') ?? [],
    inline: true,
  }
}
