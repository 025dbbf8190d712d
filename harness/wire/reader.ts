/**
 * Reads a received frame: the probe or answer that it belongs to, and its contents. One `Reading`
 * is filled again and again, because there are hundreds of thousands of frames.
 */
import type { Family } from '../../src/net/protocol.ts'
import { ACK, ETHERNET, ETHERTYPE, ICMP_OF, IP_HEADER, IP_TCP, IP_UDP, RST, SYN } from './frames.ts'
import {
  ERROR_QUESTION,
  findTrailer,
  QUESTION,
  REPLY,
  readIdentity,
  TRAILER,
  trailerKind,
} from './identity.ts'
import { isIcmpError } from './probe.ts'

/** `other`: not from the harness, or not recognisable. `segment`: TCP within an open connection. */
export type Kind = 'probe' | 'reply' | 'reset' | 'icmp' | 'segment' | 'other'

export interface Reading {
  /** The link that is read. All other fields change with each frame. */
  readonly family: Family
  kind: Kind
  identity: number
  /** The packet's IP protocol. For `icmp`, that of the quoted packet. */
  protocol: number
  /** Offset of the source and of the destination address; `addressLength` bytes each. */
  sourceAt: number
  destinationAt: number
  /** Offset of the transport header, and length of everything after the IP header. */
  l4: number
  l4Length: number
  sourcePort: number
  destinationPort: number
  /** For an ICMP error. */
  type: number
  code: number
}

export function emptyReading(family: Family): Reading {
  return {
    family,
    kind: 'other',
    identity: 0,
    protocol: 0,
    sourceAt: 0,
    destinationAt: 0,
    l4: 0,
    l4Length: 0,
    sourcePort: 0,
    destinationPort: 0,
    type: 0,
    code: 0,
  }
}

const u16 = (b: Uint8Array, at: number): number => (b[at]! << 8) | b[at + 1]!

/** Fills `r` from the frame of `length` bytes at `at`. */
export function read(b: Buffer, at: number, length: number, r: Reading): void {
  r.kind = 'other'
  if (length < ETHERNET || u16(b, at + 12) !== ETHERTYPE[r.family]) return
  readPacket(b, at + ETHERNET, length - ETHERNET, r)
}

/** The same for an IP packet of `length` bytes at `ip`. */
export function readPacket(b: Buffer, ip: number, length: number, r: Reading): void {
  const { family } = r
  r.kind = 'other'
  if (length < IP_HEADER[family]) return
  locate(b, ip, family, r)
  if (r.l4Length < 0 || r.l4 + r.l4Length > ip + length) return
  if (r.protocol === IP_TCP) readTcp(b, r)
  else if (r.protocol === ICMP_OF[family] && isError(b, family, r))
    readError(b, ip + length, family, r)
  else readTrailer(b, r)
}

function locate(b: Uint8Array, ip: number, family: Family, r: Reading): void {
  if (family === 4) {
    const header = (b[ip]! & 0xf) * 4
    r.protocol = b[ip + 9]!
    r.sourceAt = ip + 12
    r.destinationAt = ip + 16
    r.l4 = ip + header
    r.l4Length = u16(b, ip + 2) - header
  } else {
    r.protocol = b[ip + 6]!
    r.sourceAt = ip + 8
    r.destinationAt = ip + 24
    r.l4 = ip + 40
    r.l4Length = u16(b, ip + 4)
  }
}

function readTcp(b: Uint8Array, r: Reading): void {
  if (r.l4Length < 20) return
  const flags = b[r.l4 + 13]!
  r.sourcePort = u16(b, r.l4)
  r.destinationPort = u16(b, r.l4 + 2)
  if (flags & RST) {
    r.kind = 'reset'
    // A reset that answers a SYN acknowledges it (RFC 9293 §3.10.7.1).
    r.identity = (readIdentity(b, r.l4 + 8) - 1) >>> 0
  } else if ((flags & (SYN | ACK)) === (SYN | ACK)) {
    r.kind = 'reply'
    r.identity = (readIdentity(b, r.l4 + 8) - 1) >>> 0
  } else if (flags & SYN) {
    r.kind = 'probe'
    r.identity = readIdentity(b, r.l4 + 4)
  } else {
    r.kind = 'segment'
    r.identity = readIdentity(b, r.l4 + 4)
  }
}

function readTrailer(b: Uint8Array, r: Reading): void {
  const at = r.l4 + r.l4Length - TRAILER
  if (at < r.l4) return
  const kind = trailerKind(b, at)
  if (kind !== QUESTION && kind !== REPLY && kind !== ERROR_QUESTION) return
  r.kind = kind === REPLY ? 'reply' : 'probe'
  r.identity = readIdentity(b, at + 4)
  r.sourcePort = r.protocol === IP_UDP ? u16(b, r.l4) : 0
  r.destinationPort = r.protocol === IP_UDP ? u16(b, r.l4 + 2) : 0
}

// A probe may itself have the type of an error. An error about a probe quotes it.
function isError(b: Uint8Array, family: Family, r: Reading): boolean {
  const end = r.l4 + r.l4Length - TRAILER
  return isIcmpError(family, b[r.l4]!) && trailerKind(b, end) !== ERROR_QUESTION
}

function readError(b: Buffer, end: number, family: Family, r: Reading): void {
  const quoted = r.l4 + 8
  const header = family === 4 ? (b[quoted]! & 0xf) * 4 : 40
  const inner = quoted + header
  r.type = b[r.l4]!
  r.code = b[r.l4 + 1]!
  const protocol = family === 4 ? b[quoted + 9]! : b[quoted + 6]!
  if (inner + 8 > end) return
  if (protocol === IP_TCP) r.identity = readIdentity(b, inner + 4)
  else {
    const trailer = findTrailer(b, inner, end)
    if (trailer < 0) return
    r.identity = readIdentity(b, trailer + 4)
  }
  r.kind = 'icmp'
  r.protocol = protocol
}
