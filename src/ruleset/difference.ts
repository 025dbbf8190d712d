/**
 * The commands that change one compiled ruleset into another without touching their common parts:
 * elements of sets and maps, added and removed chains, new rules. Counters of other projects keep
 * their values.
 */
import { type Block, render, type Table } from './table.ts'

/** Whether grants can be added to a table without compiling its chains again. */
export function takesGrants({ blocks }: Table): boolean {
  return blocks.some(({ kind, name }) => kind === 'set' && name.startsWith('granted_'))
}

/** Changes to a loaded table. */
export interface Difference {
  /** nft commands, one a line, for one transaction. Empty if nothing changed. */
  readonly commands: readonly string[]
  /** Why the whole ruleset must be loaded instead, if it must. */
  readonly whole?: string
}

/**
 * The commands that change `before` into `after`. The policy's own chains and the types of sets
 * cannot change in place: if they differ, the whole ruleset must be loaded.
 */
export function difference(before: Table, after: Table): Difference {
  if (before.name !== after.name)
    return { commands: [], whole: `the table was ${before.name} and is ${after.name}` }
  if (takesGrants(before) !== takesGrants(after))
    return { commands: [], whole: `the former ruleset ${formWords(before)}` }
  const old = new Map(before.blocks.map((block) => [blockKey(block), block]))
  const kept = new Set(after.blocks.map(blockKey))
  const fixed = [
    ...after.blocks.filter((block) => isFixed(block, old.get(blockKey(block)))),
    ...before.blocks.filter((block) => !kept.has(blockKey(block)) && !isGrantChain(block)),
  ]
  if (fixed.length > 0)
    return { commands: [], whole: `${fixed[0]!.kind} ${fixed[0]!.name} changed` }
  return { commands: new Commands(after.name, old).all(before, after) }
}

/** The same as one text for nft: the whole new table if commands cannot express the difference. */
export function changeText(before: Table, after: Table): string {
  const { commands, whole } = difference(before, after)
  return whole === undefined ? commands.map((command) => `${command}\n`).join('') : render(after)
}

const formWords = (table: Table): string =>
  takesGrants(table)
    ? 'takes grants, and this one takes none'
    : 'takes no grants, and this one takes them'

const blockKey = ({ kind, name }: Block): string => `${kind} ${name}`

/** Only the chains of single projects are added and removed. */
function isGrantChain({ kind, name }: Block): boolean {
  return kind === 'chain' && /^(?:grants|replies)_(?:tcp|udp)_/.test(name)
}

/** Whether a block changed that cannot be changed in place. */
function isFixed(block: Block, old: Block | undefined): boolean {
  if (isGrantChain(block)) return false
  if (!old || !equal(old.head, block.head)) return true
  return block.kind === 'chain' && !equal(old.items, block.items)
}

function equal(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, i) => item === b[i])
}

const ELEMENTS_PER_COMMAND = 100

class Commands {
  readonly #table: string
  readonly #old: ReadonlyMap<string, Block>

  constructor(table: string, old: ReadonlyMap<string, Block>) {
    this.#table = table
    this.#old = old
  }

  /** References to a chain are deleted before it and added after it. */
  all(before: Table, after: Table): string[] {
    const now = new Set(after.blocks.map(blockKey))
    const gone = before.blocks.filter((block) => !now.has(blockKey(block)))
    const chains = after.blocks.filter((block) => block.kind === 'chain')
    const kept = after.blocks.filter((block) => block.kind !== 'chain')
    return [
      ...kept.flatMap((block) => this.#withdrawn(block)),
      ...gone.flatMap((block) => [
        `flush chain ${this.#table} ${block.name}`,
        `delete chain ${this.#table} ${block.name}`,
      ]),
      ...chains.flatMap((block) => this.#chain(block)),
      ...kept.flatMap((block) => this.#added(block)),
    ]
  }

  #withdrawn(block: Block): string[] {
    const now = new Set(block.items)
    const items = this.#before(block).filter((item) => !now.has(item))
    return this.#elements('delete', block, items.map(withoutRemarks))
  }

  #added(block: Block): string[] {
    const known = new Set(this.#before(block))
    return this.#elements(
      'add',
      block,
      block.items.filter((item) => !known.has(item)),
    )
  }

  #before(block: Block): readonly string[] {
    return this.#old.get(blockKey(block))?.items ?? []
  }

  #elements(verb: 'add' | 'delete', { name }: Block, items: readonly string[]): string[] {
    const lines: string[] = []
    for (let i = 0; i < items.length; i += ELEMENTS_PER_COMMAND) {
      const some = items.slice(i, i + ELEMENTS_PER_COMMAND).join(', ')
      lines.push(`${verb} element ${this.#table} ${name} { ${some} }`)
    }
    return lines
  }

  // A rule is deleted by its handle, which the text does not have. So a chain that loses a rule is
  // flushed and filled again, and its counters restart.
  #chain(block: Block): string[] {
    const old = this.#old.get(blockKey(block))
    if (!old)
      return [
        `add chain ${this.#table} ${block.name}`,
        ...block.items.map((rule) => `add rule ${this.#table} ${block.name} ${rule}`),
      ]
    const grown = old.items.every((item, i) => item === block.items[i])
    const rules = grown ? block.items.slice(old.items.length) : block.items
    return [
      ...(grown ? [] : [`flush chain ${this.#table} ${block.name}`]),
      ...rules.map((rule) => `add rule ${this.#table} ${block.name} ${rule}`),
    ]
  }
}

/** The key of an element, as a deletion names it: without a map's value and without a comment. */
function withoutRemarks(item: string): string {
  return item.replace(/ comment "[^"]*"$/, '').replace(/ : jump \S+$/, '')
}
