/** The interfaces that the text of a firewall names, with one example for each wildcard. */
import type { PartKind } from '../firewall.ts'
import { kindNamed } from './registry.ts'

export interface InterfaceName {
  readonly name: string
  /** The text of the first mention. It differs from the name if it is a wildcard: `eth*`. */
  readonly pattern: string
  /** The line of the first mention, from 1. */
  readonly line: number
  /** It must be a bridge. */
  readonly isBridge: boolean
}

/**
 * Each name once, in order. Invalid names are left out, and `lo` too, because every namespace has
 * it.
 */
export function interfacesNamed(text: string, kind: PartKind = 'nft'): InterfaceName[] {
  const found = new Map<string, InterfaceName>()
  for (const { line, interfaces } of kindNamed(kind).mentions(text).mentions)
    for (const { name, pattern, side } of interfaces) {
      const known = found.get(name) ?? { name, pattern, line, isBridge: false }
      found.set(name, { ...known, isBridge: known.isBridge || side === 'bridge' })
    }
  return [...found.values()]
}
