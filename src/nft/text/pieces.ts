/**
 * nftables text → pieces for several transactions: commands, declarations, elements and rules, in
 * the order in which nft executes them. The text around them that every transaction repeats (the
 * braces of a table, the type of a set) is a frame.
 */

import { DefineTable } from './defines.ts'
import { ElementLists } from './element-lists.ts'
import type { Frame, Piece } from './piece.ts'
import { Cursor, type Statement } from './statements.ts'
import { qualifiedKey } from './structure.ts'
import { moreOfWritten, writtenSets } from './written.ts'

export interface Pieces {
  readonly pieces: readonly Piece[]
  readonly defines: DefineTable
}

/**
 * Undefined if the text includes files, whose pieces are unknown, or deletes elements: for
 * intervals, nft 1.0.6 deletes differently if they were added in the same transaction.
 */
export function piecesOf(text: string): Pieces | undefined {
  const cursor = new Cursor(text)
  if (cursor.includesFiles || takesElementsAway(cursor)) return undefined
  const splitter = new Splitter(cursor, writtenSets(text))
  splitter.read()
  return { pieces: splitter.pieces, defines: splitter.defines }
}

function takesElementsAway(cursor: Cursor): boolean {
  return cursor
    .statements(0, cursor.length)
    .some(
      ({ from }) =>
        /^(?:delete|destroy)$/.test(cursor.text(from)) && cursor.text(from + 1) === 'element',
    )
}

/**
 * The parts into which nft expands a block, in this order (nft_cmd_expand in src/cmd.c and rule.c
 * of nft).
 */
const PHASES = ['table', 'chain', 'object', 'set', 'flowtable', 'element', 'rule'] as const
type Phase = (typeof PHASES)[number]
type Sorted = Record<Phase, Piece[]>

/** A set by family, table and name, and the place of its pieces. */
interface Named {
  readonly key: string
  readonly sorted: Sorted
}

const SCOPE = new Set(['define', 'redefine', 'undefine'])
/** Properties of a table or chain within its block. */
const OF_TABLE = new Set(['flags', 'comment', 'policy'])
const OF_CHAIN = new Set(['type', 'policy', 'comment', 'flags', 'devices', 'device'])
const IN_TABLE: Readonly<Record<string, Phase>> = {
  chain: 'chain',
  set: 'set',
  map: 'set',
  flowtable: 'flowtable',
}

class Splitter {
  readonly pieces: Piece[] = []
  readonly defines: DefineTable
  readonly #cursor: Cursor
  /** Family, table and name of the sets that rules write to. */
  readonly #written: ReadonlySet<string>
  #group = 0

  constructor(cursor: Cursor, written: ReadonlySet<string>) {
    this.#cursor = cursor
    this.#written = written
    this.defines = new DefineTable(cursor)
  }

  read(): void {
    const statements = this.#cursor.statements(0, this.#cursor.length)
    // Collected before they are used: a define that changes cannot be divided.
    for (const statement of statements)
      if (this.#isScope(statement)) this.defines.add(statement, [])
    for (const statement of statements) if (!this.#isScope(statement)) this.#command(statement)
  }

  #isScope({ from }: Statement): boolean {
    return SCOPE.has(this.#cursor.text(from))
  }

  #command(statement: Statement): void {
    const cursor = this.#cursor
    const [first, second] = [cursor.text(statement.from), cursor.text(statement.from + 1)]
    const what = this.#isBlock(statement) ? (first === 'add' ? second : first) : ''
    const sorted = emptySorted()
    const words = cursor.words(statement).slice(first === 'add' ? 2 : 1)
    if (what === 'table') this.#table(statement, qualifiedKey(words), sorted)
    else if (what === 'chain') this.#chain(statement, [], sorted)
    else if (what === 'set' || what === 'map')
      this.#set(statement, [], { key: qualified(words), sorted })
    else if (first === 'element' || second === 'element')
      this.#list(statement, cursor.brace(statement) ?? statement.to - 1, [], sorted)
    else sorted.object.push(this.#whole('command', statement, []))
    for (const phase of PHASES) for (const piece of sorted[phase]) this.pieces.push(piece)
  }

  /** It ends with the brace that closes its first brace. */
  #isBlock(statement: Statement): boolean {
    const brace = this.#cursor.brace(statement)
    return brace !== undefined && this.#cursor.closing(brace) === statement.to - 1
  }

  #whole(kind: Piece['kind'], statement: Statement, frames: readonly Frame[]): Piece {
    return { kind, frames, spans: [this.#cursor.span(statement)], group: 0 }
  }

  /** The block around statements, and those of its statements that stay in it. */
  #frame(statement: Statement, stays: (word: string) => boolean) {
    const cursor = this.#cursor
    const brace = cursor.brace(statement)!
    const inner = cursor.statements(brace + 1, statement.to - 1)
    const kept = inner.filter(
      ({ from }) => stays(cursor.text(from)) && !SCOPE.has(cursor.text(from)),
    )
    const frame: Frame = {
      open: { from: cursor.from(statement.from), to: cursor.to(brace) },
      close: { from: cursor.from(statement.to - 1), to: cursor.span(statement).to },
      kept: kept.map((one) => cursor.span(one)),
      isList: false,
    }
    return { frame, inner: inner.filter((one) => !kept.includes(one)) }
  }

  /** Without the defines, which are handled separately. */
  #within(inner: readonly Statement[], frames: readonly Frame[]): Statement[] {
    for (const one of inner) if (this.#isScope(one)) this.defines.add(one, frames)
    return inner.filter((one) => !this.#isScope(one))
  }

  #table(statement: Statement, table: string, sorted: Sorted): void {
    const { frame, inner } = this.#frame(statement, (word) => OF_TABLE.has(word))
    const frames = [frame]
    sorted.table.push({ kind: 'declaration', frames, spans: [], group: 0 })
    for (const one of this.#within(inner, frames)) {
      const phase = IN_TABLE[this.#cursor.text(one.from)] ?? 'object'
      if (phase === 'chain' && this.#isBlock(one)) this.#chain(one, frames, sorted)
      else if (phase === 'set' && this.#isBlock(one))
        this.#set(one, frames, { key: `${table} ${this.#cursor.text(one.from + 1)}`, sorted })
      else sorted[phase].push(this.#whole('declaration', one, frames))
    }
  }

  #chain(statement: Statement, around: readonly Frame[], sorted: Sorted): void {
    const { frame, inner } = this.#frame(statement, () => false)
    const frames = [...around, frame]
    const own = this.#within(inner, frames)
    const declared = own.filter(({ from }) => OF_CHAIN.has(this.#cursor.text(from)))
    const spans = declared.map((one) => this.#cursor.span(one))
    sorted.chain.push({ kind: 'declaration', frames, spans, group: 0 })
    for (const one of own)
      if (!declared.includes(one)) sorted.rule.push(this.#whole('rule', one, frames))
  }

  #set(statement: Statement, around: readonly Frame[], { key, sorted }: Named): void {
    const { frame: plain, inner } = this.#frame(statement, (word) => word !== 'elements')
    const frame = this.#written.has(key) ? this.#ofWritten(statement, plain) : plain
    // The kernel allocates the set for the number of elements in its declaration.
    if (frame.kept.some((span) => this.#cursor.says(span, 'constant'))) {
      sorted.set.push(this.#whole('declaration', statement, around))
      return
    }
    const frames = [...around, frame]
    sorted.set.push({ kind: 'declaration', frames, spans: [], group: 0 })
    // elements = …
    for (const one of this.#within(inner, frames)) this.#list(one, one.from + 2, frames, sorted)
  }

  #ofWritten({ from }: Statement, frame: Frame): Frame {
    const kept = frame.kept.map((span) => this.#cursor.wordsIn(span))
    const first = this.#cursor.text(from)
    const what = first === 'add' ? this.#cursor.text(from + 1) : first
    return { ...frame, more: moreOfWritten(what, kept) }
  }

  /** `value`: the brace, or what replaces it. */
  #list(statement: Statement, value: number, frames: readonly Frame[], sorted: Sorted): void {
    const lists = new ElementLists(this.#cursor, this.defines)
    const found = lists.of(statement, value, frames)
    const group = lists.usesDefines ? ++this.#group : 0
    for (const one of found) sorted.element.push({ kind: 'element', ...one, group })
  }
}

/** `inet filter seen`. Without a family, `ip` is meant. */
function qualified(words: readonly { readonly text: string }[]): string {
  const table = qualifiedKey(words)
  return `${table} ${words[table.startsWith(words[0]?.text ?? ' ') ? 2 : 1]?.text ?? ''}`
}

const emptySorted = (): Sorted => ({
  table: [],
  chain: [],
  object: [],
  set: [],
  flowtable: [],
  element: [],
  rule: [],
})
