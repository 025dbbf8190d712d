/** Source positions of base chains: the policy of a base chain decides if no rule did. */

import {
  type Firewall,
  type FirewallPart,
  type SourceLine,
  sourceLineOf,
} from '../firewall/firewall.ts'
import { structureOf } from './text/structure.ts'

/**
 * By family, table and chain: `inet filter input`. Of a chain that is declared twice, the last
 * position counts.
 */
export function locateChains(firewall: Firewall): ReadonlyMap<string, SourceLine> {
  const before = known.get(firewall)
  if (before) return before
  const places = new Map(firewall.parts.flatMap(chainsIn))
  known.set(firewall, places)
  return places
}

/**
 * Kept between calls: every table with a wrong row needs the positions, and a text may have twenty
 * megabytes.
 */
const known = new WeakMap<Firewall, ReadonlyMap<string, SourceLine>>()

function chainsIn(part: FirewallPart): (readonly [string, SourceLine])[] {
  switch (part.kind) {
    case 'nft':
      return structureOf(part.text)
        .chains.filter(({ hook }) => hook !== undefined)
        .map(({ key, line }) => [key, sourceLineOf(part, line)] as const)
    case 'iptables':
    case 'ip6tables':
      return savedChains(part)
    case 'script':
      return []
    default:
      throw new Error(`unknown kind ${part.kind satisfies never}`)
  }
}

/** `:FORWARD DROP [0:0]` below `*filter`. */
function savedChains(part: FirewallPart): (readonly [string, SourceLine])[] {
  const family = part.kind === 'iptables' ? 'ip' : 'ip6'
  let table = ''
  return part.text.split('\n').flatMap((line, i) => {
    table = /^\*(\S+)/.exec(line)?.[1] ?? table
    const chain = /^:(\S+) (?!-)/.exec(line)?.[1]
    return chain === undefined
      ? []
      : [[`${family} ${table} ${chain}`, sourceLineOf(part, i + 1)] as const]
  })
}
