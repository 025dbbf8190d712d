/** Source positions of iptables rules, as the kind of each part finds them. */

import type { Firewall, SourceLine } from '../firewall/firewall.ts'
import { kindNamed } from '../firewall/kinds/registry.ts'
import type { Chain } from './chains.ts'

export function locateSaved(
  firewall: Firewall,
  chain: Chain,
  index: number,
): SourceLine | undefined {
  for (const part of firewall.parts) {
    const found = kindNamed(part.kind).locate.savedRule(part, chain, index)
    if (found) return found
  }
  return undefined
}
