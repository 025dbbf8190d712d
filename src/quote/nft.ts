/**
 * Names and comments as nftables text. Text from outside cannot end its quotation or add a
 * statement.
 */
import { byteLength } from './utf8.ts'

/** Thrown for text that nftables cannot express. */
export class RulesetTextError extends Error {
  readonly value: string
  constructor(value: string, why: string) {
    super(`${JSON.stringify(value)}: ${why}`)
    this.name = 'RulesetTextError'
    this.value = value
  }
}

/**
 * Longest comment in bytes of UTF-8 (NFTNL_UDATA_COMMENT_MAXLEN, libnftnl/udata.h): nft accepts 128
 * and refuses 129.
 */
export const COMMENT_BYTES = 128

// A quoted string of nft ends at the next quote and has no escapes, and nft lists a comment
// unescaped. So quotes, control characters, bidirectional controls and lone surrogates are
// replaced.
const UNSAFE = /["\\\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu

const safe = (text: string): string => text.replace(UNSAFE, (c) => (c === '"' ? "'" : ' ')).trim()

/** ` comment "…"`, cut to the kernel's limit, never within a character. Empty for an empty text. */
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

/** A comment line of nft: `# …`. */
export function nftRemark(text: string): string {
  return `# ${safe(text)}`
}

const INTERFACE_BYTES = 15 // IFNAMSIZ - 1, linux/if.h

/**
 * A quoted interface name for readable rulesets: ASCII, and nothing that nft could read in two
 * ways.
 */
export function interfaceName(name: string): string {
  if (!/^[\x21-\x7e]+$/.test(name) || /["\\/*:$@{}]/.test(name) || name === '.' || name === '..')
    throw new RulesetTextError(name, 'nftables text cannot express this interface name')
  return existingInterface(name)
}

/**
 * The quoted name of an existing interface, for any name: it matches exactly this interface.
 * Inexpressible are a quotation mark, a backslash before a final asterisk, and characters that no
 * interface name has.
 */
export function existingInterface(name: string): string {
  // Before a final asterisk nft drops every backslash: `a\\*` would match the interface `a*`.
  if (name === '' || /["\s\p{Cc}\p{Cs}]|\\\*$/u.test(name))
    throw new RulesetTextError(name, 'nftables text cannot express this interface name')
  // A final asterisk is a wildcard. A backslash before it makes it an ordinary character.
  const text = name.endsWith('*') ? `${name.slice(0, -1)}\\*` : name
  if (byteLength(text) > INTERFACE_BYTES)
    throw new RulesetTextError(
      name,
      `an interface name has at most ${INTERFACE_BYTES} bytes in nftables text`,
    )
  return `"${text}"`
}
