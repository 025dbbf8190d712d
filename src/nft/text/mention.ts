/** The interfaces and addresses that the text of a firewall mentions, in any language. */
import type { Prefix } from '../../net/address.ts'

export interface InterfaceMention {
  /** An interface that the text matches. */
  readonly name: string
  /** The text as written. It differs from the name if it is a wildcard: `eth*`, `eth+`. */
  readonly pattern: string
  /** `bridge`: it must be a bridge. `other`: named without a direction. */
  readonly side: 'in' | 'out' | 'bridge' | 'other'
  readonly negated: boolean
}

export interface AddressMention {
  readonly prefix: Prefix
  readonly side: 'from' | 'to'
  readonly negated: boolean
}

export interface Translation {
  readonly kind: 'masquerade' | 'snat' | 'dnat' | 'tproxy'
  readonly to: readonly Prefix[]
}

/** One rule, or one element of a concatenation in it, whose parts belong together. */
export interface Mention {
  /** The line of the text, from 1. */
  readonly line: number
  /** The hook of the base chain around it; absent in other chains. */
  readonly hook?: string
  readonly interfaces: readonly InterfaceMention[]
  readonly addresses: readonly AddressMention[]
  readonly translations: readonly Translation[]
  /** Matching packets are dropped or rejected. */
  readonly blocks: boolean
}

/** A base chain, or a built-in chain of iptables. */
export interface BaseChain {
  readonly type: string
  readonly hook: string
  readonly line: number
}

export interface Mentions {
  readonly mentions: readonly Mention[]
  readonly chains: readonly BaseChain[]
}

const IFNAMSIZ = 16 // linux/if.h, with the final zero

/**
 * A valid interface name for a name or wildcard: `eth0` for `eth*`. Undefined if no such name
 * exists: too long, an index, a bare wildcard, the loopback interface.
 */
export function interfaceFor(
  pattern: string,
  wildcard: '*' | '+',
): Pick<InterfaceMention, 'name' | 'pattern'> | undefined {
  const stem = stemOf(pattern, wildcard)
  const name = stem === undefined ? pattern.replace(/\\\*$/, '*') : memberOf(stem)
  return isInterface(name) ? { name, pattern } : undefined
}

/** The part before a wildcard; undefined without one. A backslash escapes the star (nft(8)). */
export function stemOf(pattern: string, wildcard: '*' | '+'): string | undefined {
  return pattern.endsWith(wildcard) && !pattern.endsWith(`\\${wildcard}`)
    ? pattern.slice(0, -1)
    : undefined
}

function memberOf(stem: string): string {
  if (stem === '') return ''
  return bytes(stem) < IFNAMSIZ - 1 ? `${stem}0` : stem
}

const bytes = (text: string): number => new TextEncoder().encode(text).length

/**
 * A quoted name of which no interface can be: nft loads it, so the lab must refuse it by its place.
 */
export function impossibleName(
  text: string,
): Pick<InterfaceMention, 'name' | 'pattern'> | undefined {
  const isImpossible = /^\.{1,2}$|[\s/:'\\]/.test(text) && !text.endsWith('*')
  return isImpossible ? { name: text, pattern: text } : undefined
}

/**
 * Whether the kernel accepts the name (dev_valid_name, net/core/dev.c), and it is not a number,
 * quoted or the loopback interface.
 */
export function isInterface(name: string): boolean {
  return /^(?!\.{1,2}$)(?!lo$)(?!\d+$)[^\s/:$'"\\]+$/.test(name) && bytes(name) < IFNAMSIZ
}
