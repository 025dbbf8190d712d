/**
 * The fields of a probe's packet besides its addresses and its port. This is the only type for
 * them.
 */

/** Each field absent: the ordinary thing. Values that a probe of this kind has no place for are not set. */
export interface PacketFields {
  /** Source port of TCP and UDP, 0–65535 (RFC 9293 §3.1, RFC 768). Absent: one of the wire's own choice. */
  readonly sourcePort?: number
  /**
   * Bytes of the whole IP packet, header included (RFC 791 §3.1 "Total Length";
   * RFC 8200 §3: payload length + 40), up to the link's MTU, 1500. Shorter probes
   * are filled up with zeros, longer ones stay as they are.
   */
  readonly length?: number
  /** Hops: TTL (RFC 791 §3.1) or hop limit (RFC 8200 §3), 1–255. Absent: 64. */
  readonly ttl?: number
  /** Differentiated services code point (RFC 2474 §3), 0–63. Absent: 0. */
  readonly dscp?: number
  /** Flags of a TCP segment, bits as in RFC 9293 §3.1, 0–255. Absent: a SYN. */
  readonly flags?: number
  /** Code of an ICMP (RFC 792) or ICMPv6 (RFC 4443 §2.1) message, 0–255. Absent: 0. */
  readonly code?: number
  /** Firewall mark (socket(7), SO_MARK), 32 bits. Not on the wire: only where the firewall itself sends. Absent: 0. */
  readonly mark?: number
}

/** With the two addresses, as text of one family. */
export interface AddressedPacket extends PacketFields {
  readonly source: string
  readonly target: string
}

/** The values for the headers of a frame that already has its ports. */
export type HeaderFields = Omit<PacketFields, 'sourcePort' | 'mark'>
