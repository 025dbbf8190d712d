/** Finds duplicate keys of a map, and aliases, both of which the parser accepts. */
import { type Document, isAlias, isMap, isNode, isPair, isSeq, type Node, type Pair } from 'yaml'
import type { Positions } from './positions.ts'
import { keyText } from './positions.ts'
import { lazily, type Problem } from './problem.ts'
import { quoted } from './quoted.ts'

export interface Surveyed {
  readonly aliases: readonly Node[]
  readonly problems: readonly Problem[]
}

/**
 * One walk over the document. The parser's own search compares each key with all keys before it.
 */
export function survey(document: Document, positions: Positions): Surveyed {
  const aliases: Node[] = []
  const problems: Problem[] = []
  const walk = (node: unknown): void => {
    if (isAlias(node)) aliases.push(node)
    else if (isSeq(node)) node.items.forEach(walk)
    else if (isMap(node)) {
      for (const problem of repeated(node.items, positions)) problems.push(problem)
      for (const pair of node.items) walk(pair)
    } else if (isPair(node)) {
      walk(node.key)
      walk(node.value)
    }
  }
  walk(document.contents)
  return { aliases, problems }
}

function repeated(pairs: readonly Pair[], positions: Positions): Problem[] {
  const first = new Map<string, Pair>()
  return pairs.flatMap((pair) => {
    const key = keyText(pair)
    const other = first.get(key)
    if (!other) {
      first.set(key, pair)
      return []
    }
    const line = positions.at(startOf(other.key)).line
    return [
      lazily(
        positions.at(startOf(pair.key)),
        () => `duplicate key ${quoted(key)}: it is already in line ${line}: remove one`,
      ),
    ]
  })
}

const startOf = (key: unknown): number => (isNode(key) ? (key.range?.[0] ?? 0) : 0)
