/** Source positions of base chains: the policy of a base chain decides if no rule did. */

import type { Firewall, SourceLine } from '../firewall/firewall.ts'
import { kindNamed } from '../firewall/kinds/registry.ts'

/**
 * By family, table and chain: `inet filter input`. Of a chain that is declared twice, the last
 * position counts.
 */
export function locateChains(firewall: Firewall): ReadonlyMap<string, SourceLine> {
  const before = known.get(firewall)
  if (before) return before
  const places = new Map(firewall.parts.flatMap((part) => kindNamed(part.kind).locate.chains(part)))
  known.set(firewall, places)
  return places
}

/**
 * Kept between calls: every table with a wrong row needs the positions, and a text may have twenty
 * megabytes.
 */
const known = new WeakMap<Firewall, ReadonlyMap<string, SourceLine>>()
