/** Packet fields of a probe besides addresses and ports, set when the packet is built. */
import type { HeaderFields, PacketFields } from '../../src/net/packet-fields.ts'
import type { Family } from '../../src/net/protocol.ts'
import { ETHERNET, finish, IP_HEADER, sum } from './frames.ts'

/** Bytes of the longest IP packet: the MTU of a link. */
export const LONGEST = 1500

/**
 * Bytes to insert before a packet's end so that it has the requested length. 0 if it is already
 * longer.
 */
export function padding({ length }: HeaderFields, family: Family, transport: number): number {
  return length === undefined ? 0 : Math.max(0, length - IP_HEADER[family] - transport)
}

/** Writes TTL or hop limit and DSCP into the IP header (RFC 791 §3.1, RFC 8200 §3) of the frame at `at`. */
export function writeIpFields(
  b: Buffer,
  at: number,
  family: Family,
  { ttl, dscp }: HeaderFields,
): void {
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

export function fieldsOf({ length, ttl, flags, dscp, code }: PacketFields): HeaderFields {
  return {
    ...(code === undefined ? {} : { code }),
    ...(dscp === undefined ? {} : { dscp }),
    ...(flags === undefined ? {} : { flags }),
    ...(length === undefined ? {} : { length }),
    ...(ttl === undefined ? {} : { ttl }),
  }
}
