/**
 * Documentation and private prefixes that neither the lab nor a ruleset uses (RFC 5737, RFC 3849,
 * RFC 1918, RFC 4193).
 */

import type { ZoneAddress } from './address.ts'
import { addressAt, type Prefix } from './address.ts'
import { bitsOf, overlaps, prefixIn } from './prefix.ts'
import type { Family } from './protocol.ts'

/** By default, the host behind a link has the tenth address of the prefix: 10.20.1.10, ::10. */
const HOST_PLACE = 10n
const HOST_PLACE_6 = 0x10n // written ::10

/** Undefined if `taken` overlaps all prefixes. */
export function freePrefix(
  family: Family,
  isDefault: boolean,
  taken: readonly Prefix[],
): Prefix | undefined {
  for (const text of candidates(family, isDefault)) {
    const prefix = prefixIn(text)!
    if (!taken.some((other) => overlaps(prefix, other))) return prefix
  }
  return undefined
}

function* candidates(family: Family, isDefault: boolean): Generator<string> {
  if (family === 4) yield* candidates4(isDefault)
  else yield* candidates6(isDefault)
}

const DOCUMENTED = ['192.0.2', '198.51.100', '203.0.113'] // RFC 5737

function* candidates4(isDefault: boolean): Generator<string> {
  if (isDefault) yield '203.0.113.0/24'
  for (let n = 1; n < 256; n++) yield `10.20.${n}.0/24`
  for (const net of DOCUMENTED) yield `${net}.0/24`
  for (const net of ['172.20', '192.168', '100.64'])
    for (let n = 1; n < 256; n++) yield `${net}.${n}.0/24`
  // Parts of the private prefixes, for rulesets that name all private prefixes as a whole.
  for (const net of DOCUMENTED) for (let n = 0; n < 256; n += 32) yield `${net}.${n}/27`
}

function* candidates6(isDefault: boolean): Generator<string> {
  if (isDefault) for (let n = 1; n < 256; n++) yield `2001:db8:${n.toString(16)}::/64`
  for (let n = 1; n < 1024; n++) yield `fd00:${n.toString(16)}::/64`
  for (let n = 1; n < 1024; n++) yield `2001:db8:f${n.toString(16)}::/64`
}

/** The host address in a prefix: the tenth, else the first free one after the firewall's. */
export function hostIn(prefix: Prefix, others: readonly string[] = []): ZoneAddress {
  const { family, prefixLength } = prefix
  const size = 1n << BigInt(bitsOf(family) - prefixLength)
  const usual = family === 4 ? HOST_PLACE : HOST_PLACE_6
  for (const place of [usual, ...places(size)]) {
    const last = family === 4 ? size - 2n : size - 1n
    const address = addressAt(prefix, place <= last ? place : last)
    if (!others.includes(address)) return { family, address, prefixLength }
  }
  throw new RangeError('no address of the prefix is left')
}

function* places(size: bigint): Generator<bigint> {
  for (let place = 2n; place < size && place < 1024n; place++) yield place
}
