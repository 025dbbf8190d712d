/** Address constants of rulesets → prefixes, and comparisons of prefixes. */
import ipaddr from 'ipaddr.js'
import { addressOfNumber, fourParts, numberOf, type Prefix } from './address.ts'

/**
 * `10.0.0.1`, `10.0.0.0/8`, `10.0.0.0/255.0.0.0`, `10.0.0.4-10.0.0.9` (the smallest prefix that
 * contains it), `[fd00::1]`. Undefined if the text is not an address, such as a name or a number.
 */
export function prefixIn(text: string): Prefix | undefined {
  if (fourParts(text) !== undefined) return { family: 4, address: text, prefixLength: 32 }
  const dash = text.indexOf('-')
  if (dash >= 0) return around(prefixIn(text.slice(0, dash)), prefixIn(text.slice(dash + 1)))
  const [address = '', length, ...more] = text.replace(/^\[(.*)\]$/, '$1').split('/')
  if (more.length > 0 || !isAddress(address)) return undefined
  const family = address.includes(':') ? 6 : 4
  const prefixLength = length === undefined ? bitsOf(family) : lengthOf(length, family)
  return prefixLength === undefined
    ? undefined
    : networkOf({ family, address: ipaddr.parse(address).toString(), prefixLength })
}

export const bitsOf = (family: 4 | 6): number => (family === 4 ? 32 : 128)

export function isAddress(text: string): boolean {
  return text.includes(':')
    ? ipaddr.IPv6.isValid(text) && !text.includes('%')
    : ipaddr.IPv4.isValidFourPartDecimal(text)
}

function lengthOf(text: string, family: 4 | 6): number | undefined {
  if (/^\d{1,3}$/.test(text)) return Number(text) <= bitsOf(family) ? Number(text) : undefined
  if (family === 4 && isAddress(text))
    return ipaddr.IPv4.parse(text).prefixLengthFromSubnetMask() ?? undefined
  return undefined
}

/** The smallest prefix that contains both. */
export function around(a: Prefix | undefined, b: Prefix | undefined): Prefix | undefined {
  if (!a || !b || a.family !== b.family) return undefined
  const differing = numberOf(a.address) ^ numberOf(b.address)
  const common = bitsOf(a.family) - (differing === 0n ? 0 : differing.toString(2).length)
  return networkOf({ ...a, prefixLength: Math.min(common, a.prefixLength, b.prefixLength) })
}

/** The prefix with its host bits set to zero. */
export function networkOf(prefix: Prefix): Prefix {
  const { family, prefixLength } = prefix
  const host = BigInt(bitsOf(family) - prefixLength)
  const first = (numberOf(prefix.address) >> host) << host
  return { family, address: addressOfNumber(family, first), prefixLength }
}

export const prefixText = ({ address, prefixLength }: Prefix): string =>
  `${address}/${prefixLength}`

export const isHost = ({ family, prefixLength }: Prefix): boolean => prefixLength === bitsOf(family)

/** Whether `a` contains all of `b`. */
export function contains(a: Prefix, b: Prefix): boolean {
  if (a.family !== b.family || b.prefixLength < a.prefixLength) return false
  if (a.prefixLength === 0) return true
  // Fast path: lists of a million addresses are all IPv4.
  const [x, y] = a.family === 4 ? [fourParts(a.address), fourParts(b.address)] : []
  if (x !== undefined && y !== undefined) return (x ^ y) >>> (32 - a.prefixLength) === 0
  const host = BigInt(bitsOf(a.family) - a.prefixLength)
  return numberOf(a.address) >> host === numberOf(b.address) >> host
}

/** Whether they have a common address. */
export function overlaps(a: Prefix, b: Prefix): boolean {
  return contains(a, b) || contains(b, a)
}

const parsed = (texts: readonly string[]): Prefix[] => texts.map((text) => prefixIn(text)!)

// RFC 1918, RFC 6598, RFC 4193.
const PRIVATE = parsed([
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  'fc00::/7',
])

// This host, loopback, link-local, multicast, reserved: no host behind a link has such an address.
const SPECIAL = parsed([
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/3',
  '::/64',
  'fe80::/10',
  'ff00::/8',
])

export const isPrivate = (prefix: Prefix): boolean =>
  PRIVATE.some((known) => contains(known, prefix))

/** Neither within one of the special ranges nor wide enough to contain one. */
export const isOrdinary = (prefix: Prefix): boolean =>
  !SPECIAL.some((special) => overlaps(special, prefix))
