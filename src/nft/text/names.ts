/** The interfaces that a firewall's text names, with a member of each wildcard. */
import type { PartKind } from '../../firewall/firewall.ts'
import { iptablesMentions } from './iptables-mentions.ts'
import type { Mentions } from './mention.ts'
import { nftMentions } from './nft-mentions.ts'
import { scriptMentions } from './script-mentions.ts'

export interface InterfaceName {
  readonly name: string
  /** As it is written first; other than the name where that is a wildcard: `eth*`. */
  readonly pattern: string
  /** Line of the text where it stands first, from 1. */
  readonly line: number
  /** It must be a bridge. */
  readonly isBridge: boolean
}

/**
 * Each once, in order. What cannot be an interface is left out, and so is `lo`,
 * which every namespace has.
 */
export function interfacesNamed(text: string, kind: PartKind = 'nft'): InterfaceName[] {
  const found = new Map<string, InterfaceName>()
  for (const { line, interfaces } of mentionsIn(text, kind).mentions)
    for (const { name, pattern, side } of interfaces) {
      const known = found.get(name) ?? { name, pattern, line, isBridge: false }
      found.set(name, { ...known, isBridge: known.isBridge || side === 'bridge' })
    }
  return [...found.values()]
}

export function mentionsIn(text: string, kind: PartKind): Mentions {
  switch (kind) {
    case 'nft':
      return nftMentions(text)
    case 'iptables':
    case 'ip6tables':
      return iptablesMentions(text)
    case 'script':
      return scriptMentions(text)
    default:
      throw new Error(`unknown kind of firewall ${kind satisfies never}`)
  }
}
