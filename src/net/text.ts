/** Ranges and counts as text. */

import type { Range } from './port-set.ts'

/** `0–21`, or `22` if both ends are equal. */
export function rangeWords({ from, to }: Range): string {
  return from === to ? `${from}` : `${from}–${to}`
}

export function count(n: number): string {
  return n.toLocaleString('en-US')
}

/** `1 port`, `2,000 ports`. */
export function counted(n: number, one: string, many = `${one}s`): string {
  return `${count(n)} ${n === 1 ? one : many}`
}
