/**
 * Positions of the values and keys of a YAML document. The time of a look-up grows with its path,
 * not with the size of the maps.
 */
import {
  type Document,
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  type LineCounter,
  type Node,
  type Pair,
  type YAMLMap,
} from 'yaml'
import type { SourcePosition } from './position.ts'

export type Path = readonly PropertyKey[]

export class Positions {
  readonly #document: Document
  readonly #lines: LineCounter
  readonly #file: string
  readonly #keys = new WeakMap<YAMLMap, ReadonlyMap<string, Pair>>()

  constructor(document: Document, lines: LineCounter, file: string) {
    this.#document = document
    this.#lines = lines
    this.#file = file
  }

  at(offset: number): SourcePosition {
    const { line, col } = this.#lines.linePos(offset)
    return { file: this.#file, line: Math.max(1, line), column: Math.max(1, col) }
  }

  /** The position of the value at a path, or of its nearest existing ancestor. */
  place(path: Path): SourcePosition {
    return this.at(startOf(this.#walk(path).node))
  }

  /** The position of the key at the end of a path. */
  keyPlace(path: Path): SourcePosition {
    const { node, left } = this.#walk(path.slice(0, -1))
    const key = left === 0 && isMap(node) ? this.#pair(node, path.at(-1))?.key : undefined
    return isNode(key) && key.range ? this.at(key.range[0]) : this.place(path)
  }

  /** The nearest existing node, and the part of the path below it. */
  #walk(path: Path): { readonly node: Node | null; readonly left: number } {
    let node = this.#document.contents as Node | null
    for (const [i, key] of path.entries()) {
      const next = this.#child(node, key)
      if (!isNode(next) || !next.range) return { node, left: path.length - i }
      node = next
    }
    return { node, left: 0 }
  }

  #child(node: Node | null, key: PropertyKey): unknown {
    if (isSeq(node)) return node.items[Number(key)]
    return isMap(node) ? this.#pair(node, key)?.value : undefined
  }

  #pair(map: YAMLMap, key: PropertyKey | undefined): Pair | undefined {
    const known = this.#keys.get(map) ?? new Map(map.items.map((pair) => [keyText(pair), pair]))
    this.#keys.set(map, known)
    return known.get(String(key))
  }
}

/** The key as in the plain value: numbers and null become text. */
export const keyText = ({ key }: Pair): string =>
  isScalar(key) ? String(key.value ?? '') : isAlias(key) ? `*${key.source}` : String(key)

const startOf = (node: Node | null): number => node?.range?.[0] ?? 0
