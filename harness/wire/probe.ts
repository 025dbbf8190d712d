/**
 * Probes: the opening packet of a flow, with one writer for each protocol. A writer fills an
 * outgoing slot with the probe of one number and returns the frame's length.
 */
import type { HeaderFields } from '../../src/net/packet-fields.ts'
import type { Family, Protocol } from '../../src/net/protocol.ts'
import { LONGEST, padding, writeIpFields } from './fields.ts'
import {
  ACK,
  ETHERNET,
  type FrameEndpoint,
  finish,
  ICMP_OF,
  IP_HEADER,
  IP_TCP,
  IP_UDP,
  pseudoSum,
  type Segment,
  SYN,
  sum,
  writeChecksum,
  writeHeaders,
} from './frames.ts'
import { ERROR_QUESTION, identityOf, QUESTION, TRAILER, writeTrailer } from './identity.ts'

export interface Flow {
  readonly family: Family
  readonly from: FrameEndpoint
  readonly to: Uint8Array
  /** The ports of a number's probe, for protocols with ports. */
  readonly sourcePort: (number: number) => number
  readonly destinationPort: (number: number) => number
  readonly sweep: number
  readonly attempt: number
  readonly fields?: HeaderFields
}

export type Writer = (b: Buffer, at: number, number: number) => number

/** The port of the one TCP and UDP probe in a sweep of IP protocol numbers. */
export const PROTOCOL_SWEEP_PORT = 443

const WINDOW = 64240 // what Linux offers by default
const TCP_HEADER = 24 // with one option
const UDP_HEADER = 8
const ICMP_HEADER = 8

export function writerFor(protocol: Protocol, flow: Flow): Writer {
  switch (protocol) {
    case 'tcp':
      return template(flow, IP_TCP, TCP_HEADER, fillSyn)
    case 'udp':
      return template(flow, IP_UDP, UDP_HEADER + TRAILER, fillDatagram)
    case 'icmp':
      return (b, at, number) => writeIcmp(b, at, flow, { type: number, number })
    case 'ip':
      return (b, at, number) => writeProtocol(b, at, flow, number)
    default:
      throw new Error(`unknown protocol ${protocol satisfies never}`)
  }
}

// TCP and UDP probes are written 65,536 times: the frame is built once, and only the port, the
// identity and the checksum change.
function template(flow: Flow, protocol: number, least: number, fill: Fill): Writer {
  const frame = Buffer.alloc(ETHERNET + LONGEST)
  const length = least + padding(flow.fields ?? {}, flow.family, least)
  const l4 = writeHeaders(frame, 0, {
    family: flow.family,
    from: flow.from,
    to: flow.to,
    protocol,
    length,
  })
  writeIpFields(frame, 0, flow.family, flow.fields ?? {})
  const { identityAt, checksumAt } = fill(frame, l4, flow, length)
  // An error quotes only the beginning of a long packet.
  const quotable = length >= least + TRAILER && protocol !== IP_TCP
  if (quotable) writeTrailer(frame, l4 + least - TRAILER, QUESTION, 0)
  // A reset that answers an acknowledgement has its number (RFC 9293 §3.5.2).
  const acknowledges = protocol === IP_TCP && ((flow.fields?.flags ?? 0) & ACK) !== 0
  const alsoAt = quotable ? l4 + least - 4 : acknowledges ? l4 + 8 : undefined
  const fixed =
    pseudoSum(frame, ETHERNET, { family: flow.family, protocol, length }) + sum(frame, l4, length)
  const total = l4 + length
  const high = identityOf(flow.sweep, flow.attempt, 0) >>> 16
  const isOdd = (identityAt - l4) % 2 === 1
  return (b, at, number) => {
    const source = flow.sourcePort(number)
    const destination = flow.destinationPort(number)
    b.set(frame.subarray(0, total), at)
    write16(b, at + l4, source)
    write16(b, at + l4 + 2, destination)
    write16(b, at + identityAt, high)
    write16(b, at + identityAt + 2, number)
    let words = fixed + source + destination
    words += isOdd ? swapped(high) + swapped(number) : high + number
    if (alsoAt !== undefined) {
      write16(b, at + alsoAt, high)
      write16(b, at + alsoAt + 2, number)
      words += high + number
    }
    write16(b, at + checksumAt, finish(words) || 0xffff)
    return total
  }
}

/** The contribution of a word to a checksum in which it is not aligned (RFC 1071 §2). */
const swapped = (word: number): number => ((word & 0xff) << 8) | (word >>> 8)

function write16(b: Buffer, at: number, value: number): void {
  b[at] = value >>> 8
  b[at + 1] = value & 0xff
}

type Fill = (
  b: Buffer,
  l4: number,
  flow: Flow,
  length: number,
) => { identityAt: number; checksumAt: number }

function fillSyn(b: Buffer, l4: number, flow: Flow): { identityAt: number; checksumAt: number } {
  b[l4 + 12] = (TCP_HEADER / 4) << 4
  b[l4 + 13] = flow.fields?.flags ?? SYN
  b.writeUInt16BE(WINDOW, l4 + 14)
  b.writeUInt32BE(flow.family === 4 ? 0x020405b4 : 0x020405a0, l4 + 20) // MSS 1460 or 1440, RFC 9293 §3.7.1
  return { identityAt: l4 + 4, checksumAt: l4 + 16 }
}

function fillDatagram(b: Buffer, l4: number, _flow: Flow, length: number) {
  b.writeUInt16BE(length, l4 + 4)
  writeTrailer(b, l4 + length - TRAILER, QUESTION, 0)
  return { identityAt: l4 + length - 4, checksumAt: l4 + 6 }
}

/** Data bytes of a TCP probe: an acknowledgement counts them. */
export function dataOf(family: Family, fields: HeaderFields): number {
  return padding(fields, family, TCP_HEADER)
}

/** The type of a number's ICMP probe. */
export function icmpTypeOf(protocol: Protocol, family: Family, number: number): number {
  return protocol === 'icmp' ? number : ECHO[family]
}

/**
 * Type `type`, with code 0 unless another one is given. The body of an error quotes a packet of a
 * flow that never existed.
 */
function writeIcmp(
  b: Buffer,
  at: number,
  flow: Flow,
  { type, number }: { readonly type: number; readonly number: number },
): number {
  const quoted = isIcmpError(flow.family, type) ? IP_HEADER[flow.family] + UDP_HEADER : 0
  const least = ICMP_HEADER + quoted + TRAILER
  const length = least + padding(flow.fields ?? {}, flow.family, least)
  const protocol = ICMP_OF[flow.family]
  const l4 = writeHeaders(b, at, {
    family: flow.family,
    from: flow.from,
    to: flow.to,
    protocol,
    length,
  })
  writeIpFields(b, at, flow.family, flow.fields ?? {})
  b.fill(0, l4, l4 + length)
  b[l4] = type
  b[l4 + 1] = flow.fields?.code ?? 0
  b.writeUInt16BE(flow.sourcePort(number), l4 + 4) // identifier, where the type has one
  b.writeUInt16BE(number + 1, l4 + 6)
  if (quoted) quote(b, l4 + ICMP_HEADER, flow)
  else if (length >= least + TRAILER)
    writeTrailer(b, l4 + ICMP_HEADER, QUESTION, identityOf(flow.sweep, flow.attempt, number))
  writeTrailer(
    b,
    l4 + length - TRAILER,
    quoted ? ERROR_QUESTION : QUESTION,
    identityOf(flow.sweep, flow.attempt, number),
  )
  writeChecksum(b, at, { family: flow.family, protocol, length })
  return l4 + length - at
}

/** The target's port in the packet that an error quotes: discard, RFC 863. */
export const QUOTED_PORT = 9
const QUOTING = 128 // more than any header

/** A UDP packet from the target to the sender, which the sender could have received. */
function quote(b: Buffer, at: number, flow: Flow): void {
  const from: FrameEndpoint = {
    mac: flow.from.mac,
    address: flow.to,
    gatewayMac: flow.from.gatewayMac,
  }
  const inner = Buffer.alloc(QUOTING)
  const l4 = writeHeaders(inner, 0, {
    family: flow.family,
    from,
    to: flow.from.address,
    protocol: IP_UDP,
    length: UDP_HEADER + TRAILER,
  })
  inner.writeUInt16BE(QUOTED_PORT, l4)
  inner.writeUInt16BE(flow.sourcePort(0), l4 + 2)
  inner.writeUInt16BE(UDP_HEADER + TRAILER, l4 + 4)
  inner.copy(b, at, ETHERNET, l4 + UDP_HEADER)
}

/** ICMP types that report errors: RFC 792 and RFC 1122 §3.2.2; for ICMPv6 all below 128 (RFC 4443 §2.1). */
export function isIcmpError(family: Family, type: number): boolean {
  return family === 4 ? [3, 4, 5, 11, 12].includes(type) : type < 128
}

/**
 * Types that request an answer, and the type of the answer: RFC 792, RFC 950, RFC 4443 §4, RFC
 * 4620.
 */
export const ICMP_REPLIES: Readonly<Record<Family, ReadonlyMap<number, number>>> = {
  4: new Map([
    [8, 0],
    [13, 14],
    [15, 16],
    [17, 18],
  ]),
  6: new Map([
    [128, 129],
    [139, 140],
  ]),
}

/**
 * False for numbers without an answer, whose arrival is the only observation: ICMP types that
 * request nothing, and IP protocols other than TCP, UDP and the family's own ICMP, which define no
 * answer.
 */
export function isAnswered(protocol: Protocol, family: Family, number: number): boolean {
  if (protocol === 'icmp') return ICMP_REPLIES[family].has(number)
  return protocol !== 'ip' || [IP_TCP, IP_UDP, ICMP_OF[family]].includes(number)
}

/**
 * The same for probes to the firewall itself, whose kernel answers: a reset or an error for a
 * closed port, and echoes. Its handling of other ICMP types and protocols differs between kernels,
 * so their arrival counts.
 */
export function isAnsweredByHost(protocol: Protocol, family: Family, number: number): boolean {
  if (protocol === 'icmp') return number === ECHO[family]
  return isAnswered(protocol, family, number)
}

const ECHO: Readonly<Record<Family, number>> = { 4: 8, 6: 128 }

function writeProtocol(b: Buffer, at: number, flow: Flow, number: number): number {
  if (number === IP_TCP) return writerFor('tcp', flow)(b, at, number)
  if (number === IP_UDP) return writerFor('udp', flow)(b, at, number)
  if (number === ICMP_OF[flow.family])
    return writeIcmp(b, at, flow, { type: ECHO[flow.family], number })
  const extension = flow.family === 6 && EXTENSION_HEADERS.has(number)
  const length = 8 + TRAILER + padding(flow.fields ?? {}, flow.family, 8 + TRAILER)
  const { family, from, to } = flow
  const l4 = writeHeaders(b, at, { family, from, to, protocol: number, length })
  writeIpFields(b, at, family, flow.fields ?? {})
  b.fill(0, l4, l4 + length)
  if (extension) writeExtension(b, l4, number)
  writeTrailer(b, l4 + length - TRAILER, QUESTION, identityOf(flow.sweep, flow.attempt, number))
  if (!extension) evenOut(b, at, { family, protocol: number, length })
  return l4 + length - at
}

/** Unused payload bytes that make the checksum right. */
const EVENER = 6

/**
 * `reject` answers only packets with a right checksum. For an unknown protocol, the kernel computes
 * it over the whole payload (nf_ip_checksum), over IPv6 with a pseudo-header.
 */
function evenOut(b: Buffer, at: number, segment: Segment): void {
  const { family, length } = segment
  const ip = at + ETHERNET
  const l4 = ip + IP_HEADER[family]
  const pseudo = family === 6 ? pseudoSum(b, ip, segment) : 0
  b.writeUInt16BE(finish(pseudo + sum(b, l4, length)), l4 + EVENER)
}

// RFC 8200 §4 and the registry of IPv6 extension headers: next header 59 ("no next header")
// follows, then the harness's payload.
const EXTENSION_HEADERS = new Set([0, 43, 44, 51, 60, 135, 139, 140])
const NO_NEXT_HEADER = 59

function writeExtension(b: Buffer, l4: number, number: number): void {
  b[l4] = NO_NEXT_HEADER
  if (number === 0 || number === 60) b.set([1, 4, 0, 0, 0, 0], l4 + 2) // one PadN option, RFC 8200 §4.2
}
