/**
 * The fields of a probe besides its number. An absent field has its ordinary value. Lengths are
 * bytes of the whole IP packet.
 */
export interface AddressedPacket {
  readonly source: string
  readonly target: string
  readonly sourcePort?: number
  readonly length?: number
  readonly ttl?: number
  readonly mark?: number
  /** TCP flags of a packet other than SYN (bits as in RFC 9293 §3.1). */
  readonly flags?: number
  /** Differentiated services code point (RFC 2474), 0–63. */
  readonly dscp?: number
  /** Code of an ICMP or ICMPv6 message, 0–255. */
  readonly code?: number
}
