/**
 * Ethernet frames with IPv4 and IPv6 packets, written and read in place: headers, checksums, and
 * the fields of a probe and its answer.
 */
import type { Family } from '../../src/net/protocol.ts'

export const ETHERNET = 14
export const ETHERTYPE: Readonly<Record<Family, number>> = { 4: 0x0800, 6: 0x86dd }
/** Length of the IP header without options: RFC 791 §3.1, RFC 8200 §3. */
export const IP_HEADER: Readonly<Record<Family, number>> = { 4: 20, 6: 40 }
export const TTL = 64 // RFC 1700 default

export const IP_TCP = 6
export const IP_UDP = 17
export const ICMP_OF: Readonly<Record<Family, number>> = { 4: 1, 6: 58 }

export const FIN = 0x01
export const SYN = 0x02
export const RST = 0x04
export const PSH = 0x08
export const ACK = 0x10

/** One end of a flow on one link. Addresses are raw network-order bytes. */
export interface FrameEndpoint {
  readonly mac: Uint8Array
  readonly address: Uint8Array
  /** The destination of the link's frames: the firewall's interface. */
  readonly gatewayMac: Uint8Array
}

/** Writes Ethernet and IP headers for a payload of `length` bytes; returns the payload's offset. */
export function writeHeaders(
  b: Buffer,
  at: number,
  packet: { family: Family; from: FrameEndpoint; to: Uint8Array; protocol: number; length: number },
): number {
  const { family, from, to, protocol, length } = packet
  b.set(from.gatewayMac, at)
  b.set(from.mac, at + 6)
  b.writeUInt16BE(ETHERTYPE[family], at + 12)
  const ip = at + ETHERNET
  if (family === 4) writeIpv4(b, ip, { from: from.address, to, protocol, length })
  else writeIpv6(b, ip, { from: from.address, to, protocol, length })
  return ip + IP_HEADER[family]
}

interface IpHeader {
  readonly from: Uint8Array
  readonly to: Uint8Array
  readonly protocol: number
  readonly length: number
}

function writeIpv4(b: Buffer, ip: number, { from, to, protocol, length }: IpHeader): void {
  b.fill(0, ip, ip + 20)
  b[ip] = 0x45
  b.writeUInt16BE(20 + length, ip + 2)
  b[ip + 6] = 0x40 // do not fragment
  b[ip + 8] = TTL
  b[ip + 9] = protocol
  b.set(from, ip + 12)
  b.set(to, ip + 16)
  b.writeUInt16BE(finish(sum(b, ip, 20)), ip + 10)
}

function writeIpv6(b: Buffer, ip: number, { from, to, protocol, length }: IpHeader): void {
  b.writeUInt32BE(0x60000000, ip)
  b.writeUInt16BE(length, ip + 4)
  b[ip + 6] = protocol
  b[ip + 7] = TTL
  b.set(from, ip + 8)
  b.set(to, ip + 24)
}

/** Ones' complement sum of 16-bit words, not folded (RFC 1071). */
export function sum(b: Uint8Array, from: number, length: number): number {
  let s = 0
  const even = from + (length & ~1)
  for (let i = from; i < even; i += 2) s += (b[i]! << 8) | b[i + 1]!
  if (length & 1) s += b[even]! << 8
  return s
}

/** Folds a sum and complements it: the value of a checksum field. */
export function finish(s: number): number {
  let folded = s
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16)
  return ~folded & 0xffff
}

/** The payload of an IP packet. */
export interface Segment {
  readonly family: Family
  /** Number of the IP protocol. */
  readonly protocol: number
  /** Bytes. */
  readonly length: number
}

/** Sum of the pseudo-header of TCP, UDP and ICMPv6 (RFC 9293 §3.1, RFC 8200 §8.1). */
export function pseudoSum(
  b: Uint8Array,
  ip: number,
  { family, protocol, length }: Segment,
): number {
  const addresses = family === 4 ? sum(b, ip + 12, 8) : sum(b, ip + 8, 32)
  return addresses + protocol + length
}

/**
 * Offset of the checksum within a transport header. Undefined for protocols without a checksum that
 * this code computes.
 */
export function checksumOffset(protocol: number): number | undefined {
  if (protocol === IP_TCP) return 16
  if (protocol === IP_UDP) return 6
  return protocol === 1 || protocol === 58 ? 2 : undefined
}

/** Computes and writes the transport checksum of the segment at `l4`. */
export function writeChecksum(b: Buffer, at: number, segment: Segment): void {
  const { family, protocol, length } = segment
  const offset = checksumOffset(protocol)
  if (offset === undefined) return
  const ip = at + ETHERNET
  const l4 = ip + IP_HEADER[family]
  b.writeUInt16BE(0, l4 + offset)
  const pseudo = protocol === 1 ? 0 : pseudoSum(b, ip, segment)
  const value = finish(pseudo + sum(b, l4, length))
  // A UDP checksum of zero means "none" (RFC 768), so zero is sent as all ones.
  b.writeUInt16BE(value === 0 && protocol === IP_UDP ? 0xffff : value, l4 + offset)
}
