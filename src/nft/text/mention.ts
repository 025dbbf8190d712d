/** What a firewall's text says about interfaces and addresses, whatever its language. */
import type { Prefix } from '../../net/address.ts'

export interface InterfaceMention {
  /** An interface that the text matches. */
  readonly name: string
  /** As it is written; other than the name where that is a wildcard: `eth*`, `eth+`. */
  readonly pattern: string
  /** `bridge`: it must be a bridge. `other`: it is named, in whatever direction. */
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

/** One rule; or one element of a concatenation in it, as its parts belong to each other. */
export interface Mention {
  /** Line of the text, from 1. */
  readonly line: number
  /** Of the base chain that it stands in; absent in other chains. */
  readonly hook?: string
  readonly interfaces: readonly InterfaceMention[]
  readonly addresses: readonly AddressMention[]
  readonly translations: readonly Translation[]
  /** What matches is dropped or rejected. */
  readonly blocks: boolean
}

/** A base chain, or what is one to iptables. */
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
 * An interface that a name or wildcard matches: `eth0` for `eth*`. Undefined for
 * what names none: too long, an index, a bare wildcard, the loopback interface.
 */
export function interfaceFor(
  pattern: string,
  wildcard: '*' | '+',
): Pick<InterfaceMention, 'name' | 'pattern'> | undefined {
  const stem = stemOf(pattern, wildcard)
  const name = stem === undefined ? pattern.replace(/\\\*$/, '*') : memberOf(stem)
  return isInterface(name) ? { name, pattern } : undefined
}

/** What comes before a wildcard; undefined where there is none. A backslash takes its meaning away (nft(8)). */
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

/** Whether the kernel takes it (dev_valid_name, net/core/dev.c), and it is no number, no quotation and not the loopback interface. */
export function isInterface(name: string): boolean {
  return /^(?!\.{1,2}$)(?!lo$)(?!\d+$)[^\s/:$'"\\]+$/.test(name) && bytes(name) < IFNAMSIZ
}
