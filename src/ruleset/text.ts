/** Names, comments and elements as nftables text, in which nothing from a file can break out of its place. */
import type { Range } from '../ports.ts'

/** Something from a file that nftables text cannot express. */
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

/** ` comment "…"`, cut to what the kernel keeps, never within a character; nothing for an empty text. */
export function comment(text: string): string {
  const safe = text.replace(UNSAFE, (c) => (c === '"' ? "'" : ' ')).trim()
  return safe === '' ? '' : ` comment "${cut(safe, COMMENT_BYTES)}"`
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

/** UTF-8 length without an encoder, which is not part of the language. */
function byteLength(text: string): number {
  let bytes = 0
  for (const c of text) {
    const point = c.codePointAt(0)!
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4
  }
  return bytes
}

/** A line that nft skips: `# …`. */
export function remark(text: string): string {
  return `# ${text.replace(UNSAFE, (c) => (c === '"' ? "'" : ' ')).trim()}`
}

const INTERFACE_BYTES = 15 // IFNAMSIZ - 1, linux/if.h

/** A quoted interface name that means exactly itself: a `*` at its end would be a wildcard. */
export function interfaceName(name: string): string {
  if (!/^[\x21-\x7e]+$/.test(name) || /["\\/*:$@{}]/.test(name) || name === '.' || name === '..')
    throw new RulesetTextError(name, 'not an interface name that nftables text can express')
  if (name.length > INTERFACE_BYTES)
    throw new RulesetTextError(
      name,
      `longer than the ${INTERFACE_BYTES} bytes of an interface name`,
    )
  return `"${name}"`
}

/** The table of a policy: a prefix keeps it apart from nft's keywords. */
export function tableName(policyId: string): string {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(policyId))
    throw new RulesetTextError(policyId, 'a policy id is lower-case letters, digits and hyphens')
  return `egress_${policyId.replaceAll('-', '_')}`
}

export function rangeText({ from, to }: Range): string {
  return from === to ? `${from}` : `${from}-${to}`
}
