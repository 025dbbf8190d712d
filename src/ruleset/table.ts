/** A compiled table as data, and its text: one transaction that replaces whatever an earlier one left of it. */
import { remark } from './text.ts'

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

export function render({ name, remarks, blocks }: Table): string {
  const lines = [
    ...remarks.map(remark),
    // Declared first, so that there is something to delete on the first load too.
    `table ${name}`,
    `delete table ${name}`,
    `table ${name} {`,
    ...blocks.flatMap((block) => blockLines(block).map((line) => `\t${line}`)),
    '}',
  ]
  return `${lines.join('\n')}\n`
}

/** One line for the head, one for each item, and one for the brace. */
export function blockLines({ kind, name, head, items }: Block): string[] {
  const inner = kind === 'chain' ? items : elementLines(items)
  return [`${kind} ${name} {`, ...[...head, ...inner].map((line) => `\t${line}`), '}']
}

/** A line for each element, so that the difference of two files is that of their elements. */
function elementLines(elements: readonly string[]): string[] {
  if (elements.length === 0) return []
  return ['elements = {', ...elements.map((element) => `\t${element},`), '}']
}
