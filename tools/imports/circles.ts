/** Circles of a graph: the groups of nodes that all reach each other (Tarjan's algorithm). */
import type { Graph } from './read.ts'

interface Visit {
  readonly index: number
  /** Lowest index that is reached from here within the open visits. */
  low: number
}

/** Each circle once, its nodes in alphabetical order; empty where the graph has none. */
export function circlesIn(graph: Graph): string[][] {
  const visits = new Map<string, Visit>()
  const open: string[] = []
  const circles: string[][] = []
  const visit = (node: string): Visit => {
    const own: Visit = { index: visits.size, low: visits.size }
    visits.set(node, own)
    open.push(node)
    for (const next of graph.get(node) ?? []) {
      const before = visits.get(next)
      if (!before) own.low = Math.min(own.low, visit(next).low)
      else if (open.includes(next)) own.low = Math.min(own.low, before.index)
    }
    if (own.low === own.index) {
      const group = open.splice(open.indexOf(node))
      if (group.length > 1 || graph.get(node)?.has(node)) circles.push(group.sort())
    }
    return own
  }
  for (const node of graph.keys()) if (!visits.has(node)) visit(node)
  return circles
}
