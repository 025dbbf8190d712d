/** Packet fields of a probe besides addresses and ports, set when the packet is built. */
import type { Family } from '../../src/net/protocol.ts'
import { ETHERNET, finish, IP_HEADER, sum } from './frames.ts'

/** Bytes of the longest IP packet: the MTU of a link. */
export const LONGEST = 1500

export interface Fields {
  /** Bytes of the whole IP packet. A shorter packet is filled with zeros before its identity. */
  readonly length?: number
  /** TTL or hop limit; 1–255. */
  readonly ttl?: number
  /** Flags of a TCP segment (RFC 9293 §3.1). Absent: SYN. */
  readonly flags?: number
  /** Differentiated services code point (RFC 2474), 0–63. */
  readonly dscp?: number
  /** Code of an ICMP message, 0–255. */
  readonly code?: number
}

/**
 * Bytes to insert before a packet's end so that it has the requested length. 0 if it is already
 * longer.
 */
export function padding({ length }: Fields, family: Family, transport: number): number {
  return length === undefined ? 0 : Math.max(0, length - IP_HEADER[family] - transport)
}

/** Writes TTL or hop limit and DSCP into the IP header (RFC 791 §3.1, RFC 8200 §3) of the frame at `at`. */
export function writeIpFields(b: Buffer, at: number, family: Family, { ttl, dscp }: Fields): void {
  if (ttl === undefined && dscp === undefined) return
  const ip = at + ETHERNET
  if (family === 6) {
    if (ttl !== undefined) b[ip + 7] = ttl
    if (dscp !== undefined) {
      b[ip] = 0x60 | (dscp >>> 2)
      b[ip + 1] = ((dscp & 3) << 6) | (b[ip + 1]! & 0x3f)
    }
    return
  }
  if (ttl !== undefined) b[ip + 8] = ttl
  if (dscp !== undefined) b[ip + 1] = dscp << 2
  b.writeUInt16BE(0, ip + 10)
  b.writeUInt16BE(finish(sum(b, ip, 20)), ip + 10)
}
