/**
 * A probe's identity: 32 bits that survive NAT. TCP carries it as the initial
 * sequence number, all else in the last eight bytes of the packet.
 *
 *     12 bits sweep │ 4 bits attempt │ 16 bits number
 *
 *     last eight bytes:  'n' 'f' 'p'  '?' or '!'  identity
 */

/** Sweeps of one lab are told apart by this, so that a late frame of one is never counted in the next. */
export const MAX_SWEEP = 0xfff
export const TRAILER = 8

const MAGIC = 0x6e6670 // 'nfp'
export const QUESTION = 0x3f // '?'
export const REPLY = 0x21 // '!'
const MAGIC_BYTES = Buffer.from('nfp')

export function identityOf(sweep: number, attempt: number, number: number): number {
  return ((sweep << 20) | (attempt << 16) | number) >>> 0
}

export const sweepOf = (identity: number): number => identity >>> 20
export const attemptOf = (identity: number): number => (identity >>> 16) & 0xf
export const numberOf = (identity: number): number => identity & 0xffff

export function writeTrailer(b: Buffer, at: number, kind: number, identity: number): void {
  b.writeUInt32BE(((MAGIC << 8) | kind) >>> 0, at)
  b.writeUInt32BE(identity, at + 4)
}

/** QUESTION or REPLY where a trailer stands at `at`, otherwise 0. */
export function trailerKind(b: Uint8Array, at: number): number {
  return b[at] === 0x6e && b[at + 1] === 0x66 && b[at + 2] === 0x70 ? b[at + 3]! : 0
}

/** Offset of a trailer somewhere in `from`–`to`, as within a quoted packet; -1 when there is none. */
export function findTrailer(b: Buffer, from: number, to: number): number {
  const at = b.indexOf(MAGIC_BYTES, from)
  return at >= 0 && at + TRAILER <= to ? at : -1
}

export function readIdentity(b: Uint8Array, at: number): number {
  return ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0
}
