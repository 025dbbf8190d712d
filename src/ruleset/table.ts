/** A compiled table as data, and its text: one transaction that replaces whatever an earlier one left of it. */
import { nftRemark } from '../quote/nft.ts'

/** A named set, a map, or a chain. */
export interface Block {
  readonly kind: 'set' | 'map' | 'chain'
  readonly name: string
  /** A set's type and flags; a base chain's hook. */
  readonly head: readonly string[]
  /** Elements, each with its counter and comment; or rules. */
  readonly items: readonly string[]
}

export interface Table {
  /** `inet egress_zerops` */
  readonly name: string
  /** What is said before it, without the `#`. */
  readonly remarks: readonly string[]
  readonly blocks: readonly Block[]
}

export function chain(name: string, head: readonly string[], items: readonly string[]): Block {
  return { kind: 'chain', name, head, items }
}

export interface SetKind {
  readonly type: string
  /** Elements may be ranges or prefixes. Without, the kernel keeps a hash: one step for any size. */
  readonly interval: boolean
  /** Every element counts its packets. */
  readonly counter?: boolean
}

/** A named set. Without elements it is there all the same, to be filled later. */
export function set(name: string, kind: SetKind, elements: readonly string[]): Block {
  return { kind: 'set', name, head: headOf(kind), items: elements }
}

/** The same with a verdict for each element. */
export function verdictMap(name: string, type: string, elements: readonly string[]): Block {
  return { kind: 'map', name, head: [`type ${type} : verdict`], items: elements }
}

function headOf({ type, interval, counter }: SetKind): string[] {
  return [`type ${type}`, ...(interval ? ['flags interval'] : []), ...(counter ? ['counter'] : [])]
}

export function render(table: Table): string {
  return [...renderParts(table)].join('')
}

/** The same piece by piece, as it may be long. */
export function* renderParts({ name, remarks, blocks }: Table): Generator<string> {
  for (const text of remarks) yield `${nftRemark(text)}\n`
  // Declared first, so that there is something to delete on the first load too.
  yield `table ${name}\ndelete table ${name}\ntable ${name} {\n`
  for (const block of blocks) yield renderBlock(block)
  yield '}\n'
}

/** A line for each rule or element, so that the difference of two files is that of these. */
function renderBlock({ kind, name, head, items }: Block): string {
  const heads = head.map((line) => `\t\t${line}\n`).join('')
  return `\t${kind} ${name} {\n${heads}${kind === 'chain' ? rules(items) : elements(items)}\t}\n`
}

// By `join` alone: a hundred thousand lines are not built one by one.
function rules(items: readonly string[]): string {
  return items.length === 0 ? '' : `\t\t${items.join('\n\t\t')}\n`
}

function elements(items: readonly string[]): string {
  return items.length === 0 ? '' : `\t\telements = {\n\t\t\t${items.join(',\n\t\t\t')},\n\t\t}\n`
}
