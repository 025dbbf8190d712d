/**
 * A compiled table as data and as text: one transaction that replaces the former version of the
 * table.
 */
import { nftRemark } from '../quote/nft.ts'

/** A named set, a map or a chain. */
export interface Block {
  readonly kind: 'set' | 'map' | 'chain'
  readonly name: string
  /** The type and flags of a set; the hook of a base chain. */
  readonly head: readonly string[]
  /** Elements with their counters and comments, or rules. */
  readonly items: readonly string[]
  /** A set that stands on one line if it is short. */
  readonly inline?: true
}

export interface Table {
  /** `inet egress_zerops` */
  readonly name: string
  /** The comment before it, without the `#`. */
  readonly remarks: readonly string[]
  readonly blocks: readonly Block[]
}

export function chain(name: string, head: readonly string[], items: readonly string[]): Block {
  return { kind: 'chain', name, head, items }
}

export interface SetKind {
  readonly type: string
  /**
   * Elements may be ranges or prefixes. Otherwise the kernel uses a hash set: one step for any
   * size.
   */
  readonly interval: boolean
  /** Every element counts its packets. */
  readonly counter?: boolean
}

/** A named set. It is created even without elements, to be filled later. */
export function set(name: string, kind: SetKind, elements: readonly string[]): Block {
  return { kind: 'set', name, head: headOf(kind), items: elements }
}

/** Sets that stand on one line if they are short. */
export function inline(blocks: readonly Block[]): Block[] {
  return blocks.map((block) => ({ ...block, inline: true }))
}

/** A map from elements to verdicts. */
export function verdictMap(name: string, type: string, elements: readonly string[]): Block {
  return { kind: 'map', name, head: [`type ${type} : verdict`], items: elements }
}

function headOf({ type, interval, counter }: SetKind): string[] {
  return [`type ${type}`, ...(interval ? ['flags interval'] : []), ...(counter ? ['counter'] : [])]
}

export function render(table: Table): string {
  return [...renderParts(table)].join('')
}

/** The text in pieces, because it may be long. */
export function* renderParts({ name, remarks, blocks }: Table): Generator<string> {
  for (const text of remarks) yield `${nftRemark(text)}\n`
  // Declared first, so that the delete succeeds on the first load too.
  yield `table ${name}\ndelete table ${name}\ntable ${name} {\n`
  for (const block of blocks) yield renderBlock(block)
  yield '}\n'
}

const INLINE_COLUMNS = 160

/** One line for each rule or element, so a diff of two files shows exactly these. */
function renderBlock(block: Block): string {
  const { kind, name, head, items } = block
  if (block.inline) {
    const line = oneLine(block)
    if (line.length <= INLINE_COLUMNS) return `\t${line}\n`
  }
  const heads = head.map((line) => `\t\t${line}\n`).join('')
  return `\t${kind} ${name} {\n${heads}${kind === 'chain' ? rules(items) : elements(items)}\t}\n`
}

function oneLine({ kind, name, head, items }: Block): string {
  const parts = items.length === 0 ? head : [...head, `elements = { ${items.join(', ')} }`]
  return `${kind} ${name} { ${parts.join('; ')}; }`
}

// One `join`: appending a hundred thousand lines one by one is slow.
function rules(items: readonly string[]): string {
  return items.length === 0 ? '' : `\t\t${items.join('\n\t\t')}\n`
}

function elements(items: readonly string[]): string {
  return items.length === 0 ? '' : `\t\telements = {\n\t\t\t${items.join(',\n\t\t\t')},\n\t\t}\n`
}
