/** Numbers that several layers claim: each number belongs to the first layer that has it. */
import type { PortSet } from './port-set.ts'
import type { Span } from './range-map.ts'

export interface Layer<T> {
  readonly numbers: PortSet
  readonly value: T
}

/**
 * Covers 0 to `last` as far as layers do, earlier layers above later ones.
 * Neighbours of one layer are one span. Takes n log n of the ranges of all.
 *
 *     first   |--a--|      |-a-|
 *     second     |-----b-----|
 *     ⇒       |--a--|--b---|-a-|
 */
export function paint<T>(last: number, layers: readonly Layer<T>[]): Span<T>[] {
  const starts = edgesOf(last, layers)
  const found: (Layer<T> | undefined)[] = Array.from({ length: starts.length })
  // The first segment from here on that has no layer yet.
  const next = Int32Array.from({ length: starts.length + 1 }, (_, i) => i)
  const freeFrom = (i: number): number => {
    let free = i
    while (next[free] !== free) free = next[free]!
    for (let at = i; at !== free; ) [at, next[at]] = [next[at]!, free]
    return free
  }
  for (const layer of layers)
    for (const { from, to } of layer.numbers.ranges)
      for (
        let i = freeFrom(placeOf(starts, from));
        i < starts.length && starts[i]! <= to;
        i = freeFrom(i)
      ) {
        found[i] = layer
        next[i] = i + 1
      }
  return spansOf(last, starts, found)
}

function edgesOf<T>(last: number, layers: readonly Layer<T>[]): number[] {
  const edges = new Set([0])
  for (const { numbers } of layers)
    for (const { from, to } of numbers.ranges) edges.add(from).add(to + 1)
  return [...edges].filter((edge) => edge <= last).sort((a, b) => a - b)
}

function placeOf(starts: readonly number[], from: number): number {
  let [low, high] = [0, starts.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (starts[middle]! < from) low = middle + 1
    else high = middle
  }
  return low
}

function spansOf<T>(
  last: number,
  starts: readonly number[],
  found: readonly (Layer<T> | undefined)[],
): Span<T>[] {
  const spans: { from: number; to: number; layer: Layer<T> }[] = []
  for (const [i, layer] of found.entries()) {
    if (!layer) continue
    const [from, to] = [starts[i]!, (starts[i + 1] ?? last + 1) - 1]
    const before = spans.at(-1)
    if (before && before.layer === layer && before.to + 1 === from) before.to = to
    else spans.push({ from, to, layer })
  }
  return spans.map(({ from, to, layer }) => ({ from, to, value: layer.value }))
}
