/**
 * The target's end: answers a probe like the host to which it was sent: SYN → SYN-ACK, UDP → echo,
 * ICMP requests → their replies, nothing else. If the scenario says so, it answers with an ICMP
 * error about the probe.
 */
import type { Family } from '../../src/net/protocol.ts'
import {
  ACK,
  ETHERNET,
  type FrameEndpoint,
  ICMP_OF,
  IP_HEADER,
  IP_TCP,
  IP_UDP,
  SYN,
  TTL,
  writeChecksum,
  writeHeaders,
} from './frames.ts'
import { REPLY, TRAILER } from './identity.ts'
import { ICMP_REPLIES } from './probe.ts'
import type { Reading } from './reader.ts'

export type AnswerMode = 'reply' | 'icmp-error'

/** The error of a target in mode `icmp-error`: port unreachable (RFC 792, RFC 4443 §3.1). */
export const TARGET_ERROR: Readonly<Record<Family, { type: number; code: number }>> = {
  4: { type: 3, code: 3 },
  6: { type: 1, code: 4 },
}

const ISS = 0x10000000 // the target's initial sequence number; any will do

/** An end of the wire, which answers on its link; or the firewall itself. */
export interface AnsweringEnd extends FrameEndpoint {
  readonly link: {
    readonly outgoing: { readonly data: Buffer }
    slot(): number
    commit(length: number): void
  }
}

/** A probe as it was read. Its frame begins at `at` in `frame`. */
export interface Received {
  readonly frame: Buffer
  readonly at: number
  readonly reading: Reading
}

/** Queues the answer to a received probe on the same link. */
export function answer(end: AnsweringEnd, received: Received, mode: AnswerMode): void {
  const length = mode === 'icmp-error' ? writeError(end, received) : writeReply(end, received, ISS)
  if (length > 0) end.link.commit(length)
}

/**
 * The same if more packets of the flow follow. Both sides of a TCP flow begin with the sender's
 * number, so later packets carry it as sequence number and as acknowledgement.
 */
export function acceptFlow(end: AnsweringEnd, received: Received): void {
  const length = writeReply(end, received, received.reading.identity)
  if (length > 0) end.link.commit(length)
}

function writeReply(end: AnsweringEnd, received: Received, iss: number): number {
  const { link } = end
  const { frame, reading: r } = received
  const { family } = r
  const icmp = r.protocol === ICMP_OF[family]
  const replyType = icmp ? ICMP_REPLIES[family].get(frame[r.l4]!) : undefined
  // Other protocols have no known answer.
  if (r.protocol !== IP_TCP && r.protocol !== IP_UDP && replyType === undefined) return 0
  const to = link.slot()
  const b = link.outgoing.data
  const ip = to + ETHERNET
  const header = IP_HEADER[family]
  const l4 = ip + header
  const length = r.protocol === IP_TCP ? 20 : r.l4Length
  swapAddresses(b, to, received, end)
  setLength(b, ip, family, length)
  frame.copy(b, l4, r.l4, r.l4 + length)
  if (r.protocol === IP_TCP) acceptSyn({ b, l4, frame, r }, iss)
  else b[l4 + length - TRAILER + 3] = REPLY
  if (r.protocol === IP_UDP) swapPorts(b, l4, frame, r)
  if (replyType !== undefined) b[l4] = replyType
  writeChecksum(b, to, { family, protocol: r.protocol, length })
  return l4 + length - to
}

function swapAddresses(
  b: Buffer,
  to: number,
  { frame, at, reading: r }: Received,
  self: FrameEndpoint,
): void {
  const { family } = r
  const ip = to + ETHERNET
  b.set(self.gatewayMac, to)
  b.set(self.mac, to + 6)
  frame.copy(b, to + 12, at + 12, at + ETHERNET + IP_HEADER[family])
  const size = family === 4 ? 4 : 16
  const source = ip + (family === 4 ? 12 : 8)
  frame.copy(b, source, r.destinationAt, r.destinationAt + size)
  frame.copy(b, source + size, r.sourceAt, r.sourceAt + size)
  b[ip + (family === 4 ? 8 : 7)] = TTL
  // A header without options, whatever the probe had.
  if (family === 4) b[ip] = 0x45
}

function setLength(b: Buffer, ip: number, family: Family, length: number): void {
  if (family === 6) {
    b.writeUInt16BE(length, ip + 4)
    return
  }
  b.writeUInt16BE(20 + length, ip + 2)
  b[ip + 10] = 0
  b[ip + 11] = 0
  let s = 0
  for (let i = ip; i < ip + 20; i += 2) s += (b[i]! << 8) | b[i + 1]!
  s = (s & 0xffff) + (s >>> 16)
  s = ~((s & 0xffff) + (s >>> 16)) & 0xffff
  b[ip + 10] = s >>> 8
  b[ip + 11] = s & 0xff
}

function swapPorts(b: Buffer, l4: number, frame: Buffer, r: Reading): void {
  frame.copy(b, l4, r.l4 + 2, r.l4 + 4)
  frame.copy(b, l4 + 2, r.l4, r.l4 + 2)
}

interface Accepting {
  readonly b: Buffer
  readonly l4: number
  readonly frame: Buffer
  readonly r: Reading
}

function acceptSyn({ b, l4, frame, r }: Accepting, iss: number): void {
  swapPorts(b, l4, frame, r)
  b.writeUInt32BE(iss, l4 + 4)
  b.writeUInt32BE((r.identity + 1) >>> 0, l4 + 8)
  b[l4 + 12] = 5 << 4
  b[l4 + 13] = SYN | ACK
}

const QUOTED = 64 // bytes of the probe quoted beyond its IP header; all of it in practice

function writeError(end: AnsweringEnd, { frame, reading: r }: Received): number {
  const { link } = end
  const { family } = r
  const start = link.slot()
  const b = link.outgoing.data
  const quoted = Math.min(r.l4Length, QUOTED) + IP_HEADER[family]
  const size = family === 4 ? 4 : 16
  const from: FrameEndpoint = {
    mac: end.mac,
    gatewayMac: end.gatewayMac,
    address: frame.subarray(r.destinationAt, r.destinationAt + size),
  }
  const to = frame.subarray(r.sourceAt, r.sourceAt + size)
  const l4 = writeHeaders(b, start, {
    family,
    from,
    to,
    protocol: ICMP_OF[family],
    length: 8 + quoted,
  })
  const { type, code } = TARGET_ERROR[family]
  b.fill(0, l4, l4 + 8)
  b[l4] = type
  b[l4 + 1] = code
  frame.copy(b, l4 + 8, r.l4 - IP_HEADER[family], r.l4 - IP_HEADER[family] + quoted)
  writeChecksum(b, start, { family, protocol: ICMP_OF[family], length: 8 + quoted })
  return l4 + 8 + quoted - start
}
