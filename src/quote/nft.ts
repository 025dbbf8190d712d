/** Names and comments as nftables text, in which nothing from outside can break out of its place. */
import { byteLength } from './utf8.ts'

/** Something from outside that nftables text cannot express. */
export class RulesetTextError extends Error {
  readonly value: string
  constructor(value: string, why: string) {
    super(`${JSON.stringify(value)}: ${why}`)
    this.name = 'RulesetTextError'
    this.value = value
  }
}

/** Longest comment in bytes of UTF-8 (NFTNL_UDATA_COMMENT_MAXLEN, libnftnl/udata.h): 128 are kept whole, 129 refused. */
export const COMMENT_BYTES = 128

// A quoted string of nft ends at the next quote and knows no escape, and a
// comment is listed raw: quotes, control characters, what turns text around,
// and lone surrogates are replaced.
const UNSAFE = /["\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

const safe = (text: string): string => text.replace(UNSAFE, (c) => (c === '"' ? "'" : ' ')).trim()

/** ` comment "…"`, cut to what the kernel keeps, never within a character; nothing for an empty text. */
export function comment(text: string): string {
  const kept = safe(text)
  return kept === '' ? '' : ` comment "${cut(kept, COMMENT_BYTES)}"`
}

function cut(text: string, bytes: number): string {
  if (byteLength(text) <= bytes) return text
  let kept = ''
  let left = bytes - byteLength('…')
  for (const c of text) {
    left -= byteLength(c)
    if (left < 0) break
    kept += c
  }
  return `${kept}…`
}

/** A line that nft skips: `# …`. */
export function nftRemark(text: string): string {
  return `# ${safe(text)}`
}

const INTERFACE_BYTES = 15 // IFNAMSIZ - 1, linux/if.h

/** A quoted interface name for a ruleset that people read: ASCII, and nothing that nft reads in two ways. */
export function interfaceName(name: string): string {
  if (!/^[\x21-\x7e]+$/.test(name) || /["\\/*:$@{}]/.test(name) || name === '.' || name === '..')
    throw new RulesetTextError(name, 'not an interface name that nftables text can express')
  return existingInterface(name)
}

/**
 * The quoted name of an interface that exists, whatever its name is: it means
 * exactly this interface. A quotation mark, a backslash before an asterisk at the
 * end, and what no interface name has cannot be expressed.
 */
export function existingInterface(name: string): string {
  // Before an asterisk at the end nft drops every backslash: `a\\*` would be the interface `a*`.
  if (name === '' || /["\s\p{Cc}\p{Cs}]|\\\*$/u.test(name))
    throw new RulesetTextError(name, 'not an interface name that nftables text can express')
  // An asterisk at the end is a wildcard, and a backslash before it takes that meaning away.
  const text = name.endsWith('*') ? `${name.slice(0, -1)}\\*` : name
  if (byteLength(text) > INTERFACE_BYTES)
    throw new RulesetTextError(
      name,
      `longer than the ${INTERFACE_BYTES} bytes of an interface name in nftables text`,
    )
  return `"${text}"`
}
