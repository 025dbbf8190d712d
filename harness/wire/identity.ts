/**
 * A probe's identity: 32 bits that survive NAT. TCP carries it as the initial sequence number,
 * other protocols in the last eight bytes of the packet.
 *
 *     12 bits sweep │ 4 bits attempt │ 16 bits number
 *     last eight bytes:  'n' 'f' 'p'  '?', '!' or 'e'  identity
 */

/** Distinguishes the sweeps of one lab, so that a late frame never counts for the next sweep. */
const MAX_SWEEP = 0xfff
export const TRAILER = 8

// Linux's default range for outgoing connections (ip_local_port_range), within
// the dynamic ports of RFC 6335 §6 or just below them.
export const FIRST_EPHEMERAL = 32768
const EPHEMERAL_PORTS = 28232
const STRIDE = 7919 // a prime, so that sweeps and attempts begin far apart

/** One sweep of a lab: its number, and an ordinary source port for each of its probes. */
export interface SweepId {
  readonly sweep: number
  sourcePort(attempt: number, number: number): number
}

/**
 * Numbers the sweeps of one lab. Consecutive probes leave from different source ports, so two of
 * them rarely collide if a NAT translates both to one port.
 */
export class SweepIds {
  readonly #counts = new Map<number, number>()
  readonly #first: number

  /** `first`: the first number, if a firewall remembers the ports of earlier labs. */
  constructor(first = 0) {
    this.#first = first
  }

  /** `place`: the index of the planned sweep. Each planned sweep has its own range of numbers. */
  next(sweepIndex = -1): SweepId {
    const count = (this.#counts.get(sweepIndex) ?? this.#first + (sweepIndex + 1) * PARTS) + 1
    this.#counts.set(sweepIndex, count)
    return {
      sweep: count & MAX_SWEEP,
      sourcePort: (attempt, number) =>
        FIRST_EPHEMERAL + ((number + (count * ATTEMPTS + attempt) * STRIDE) % EPHEMERAL_PORTS),
    }
  }
}

const ATTEMPTS = 16 // four bits
/** Numbers set aside for a planned sweep: itself, exchanges, other source ports, a trace for each of many rows. */
const PARTS = 256

const MAGIC = 0x6e6670 // 'nfp'
export const QUESTION = 0x3f // '?'
export const REPLY = 0x21 // '!'
/** Ends a probe that is itself an ICMP error, so that it is not taken for an error about a probe. */
export const ERROR_QUESTION = 0x65 // 'e'
const MAGIC_BYTES = Buffer.from('nfp')

export function identityOf(sweep: number, attempt: number, number: number): number {
  return ((sweep << 20) | (attempt << 16) | number) >>> 0
}

export const sweepIdOf = (identity: number): number => identity >>> 20
export const attemptOf = (identity: number): number => (identity >>> 16) & 0xf
export const probedNumberOf = (identity: number): number => identity & 0xffff

export function writeTrailer(b: Buffer, at: number, kind: number, identity: number): void {
  b.writeUInt32BE(((MAGIC << 8) | kind) >>> 0, at)
  b.writeUInt32BE(identity, at + 4)
}

/** QUESTION or REPLY if a trailer is at `at`, otherwise 0. */
export function trailerKind(b: Uint8Array, at: number): number {
  return b[at] === 0x6e && b[at + 1] === 0x66 && b[at + 2] === 0x70 ? b[at + 3]! : 0
}

/** Offset of a trailer in `from`–`to`, for example within a quoted packet; -1 without a trailer. */
export function findTrailer(b: Buffer, from: number, to: number): number {
  const at = b.indexOf(MAGIC_BYTES, from)
  return at >= 0 && at + TRAILER <= to ? at : -1
}

export function readIdentity(b: Uint8Array, at: number): number {
  return ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0
}
