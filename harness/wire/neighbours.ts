/**
 * ARP (RFC 826) and IPv6 neighbour discovery (RFC 4861) for wires on existing interfaces. There the
 * firewall resolves addresses, and the wire must do so too.
 */
import type { Family } from '../../src/net/protocol.ts'
import { ETHERNET, ETHERTYPE, writeChecksum, writeHeaders } from './frames.ts'

const ETHERTYPE_ARP = 0x0806
const ARP_BYTES = 28
const REQUEST = 1
const REPLY = 2
const ICMPV6 = 58
const SOLICITATION = 135
const ADVERTISEMENT = 136
/** Type and code, checksum, flags, target, and one option of eight bytes with a link-layer address. */
const NDP_BYTES = 32
const HOP_LIMIT_AT = ETHERNET + 7
const SOLICITED_OVERRIDE = 0x60
const BROADCAST = new Uint8Array(6).fill(0xff)

/** The longest such frame: Ethernet, IPv6 and a neighbour message. */
export const NEIGHBOUR_FRAME = ETHERNET + 40 + NDP_BYTES

/** The neighbour message in a frame. */
export interface NeighbourMessage {
  readonly kind: 'asks' | 'tells'
  /** The address that it requests or announces. */
  readonly address: Buffer
  /** The sender. */
  readonly from: Buffer
  readonly mac: Buffer
}

/** Undefined for every other frame. */
export function readNeighbour(frame: Buffer, family: Family): NeighbourMessage | undefined {
  return family === 4 ? readArp(frame) : readNdp(frame)
}

function readArp(b: Buffer): NeighbourMessage | undefined {
  if (b.length < ETHERNET + ARP_BYTES || b.readUInt16BE(12) !== ETHERTYPE_ARP) return undefined
  const operation = b.readUInt16BE(ETHERNET + 6)
  if (operation !== REQUEST && operation !== REPLY) return undefined
  const [mac, from, target] = [b.subarray(22, 28), b.subarray(28, 32), b.subarray(38, 42)]
  return operation === REQUEST
    ? { kind: 'asks', address: target, from, mac }
    : { kind: 'tells', address: from, from, mac }
}

function readNdp(b: Buffer): NeighbourMessage | undefined {
  if (b.length < ETHERNET + 40 + 24 || b.readUInt16BE(12) !== ETHERTYPE[6]) return undefined
  // Only messages that were never forwarded count (RFC 4861 §7.1).
  if (b[ETHERNET + 6] !== ICMPV6 || b[HOP_LIMIT_AT] !== 255) return undefined
  const type = b[ETHERNET + 40]
  if (type !== SOLICITATION && type !== ADVERTISEMENT) return undefined
  const address = b.subarray(ETHERNET + 48, ETHERNET + 64)
  const from = b.subarray(ETHERNET + 8, ETHERNET + 24)
  return {
    kind: type === SOLICITATION ? 'asks' : 'tells',
    address,
    from,
    // On Ethernet, the link-layer address equals that of the frame.
    mac: b.subarray(6, 12),
  }
}

/** The sending host and its link. */
export interface Host {
  readonly mac: Uint8Array
  readonly address: Uint8Array
}

/** Requests `wanted` on the link, which also announces the sender's own address. */
export function question(family: Family, { mac, address }: Host, wanted: Uint8Array): Buffer {
  if (family === 4) return arp(REQUEST, { mac, address }, { mac: BROADCAST, address: wanted })
  // To the multicast group of all hosts that may have it (RFC 4291 §2.7.1).
  const group = Buffer.from('ff0200000000000000000001ff000000', 'hex')
  group.set(wanted.subarray(13), 13)
  const to = { mac: Buffer.from([0x33, 0x33, ...group.subarray(12)]), address: group }
  return ndp({ type: SOLICITATION, flags: 0, about: wanted }, { mac, address }, to)
}

/** Announces to the requester that `self` has the address. */
export function reply(family: Family, self: Host, to: Host): Buffer {
  if (family === 4) return arp(REPLY, self, to)
  const about = { type: ADVERTISEMENT, flags: SOLICITED_OVERRIDE, about: self.address }
  return ndp(about, self, to)
}

function arp(operation: number, from: Host, to: Host): Buffer {
  const b = Buffer.alloc(ETHERNET + ARP_BYTES)
  b.set(to.mac, 0)
  b.set(from.mac, 6)
  b.writeUInt16BE(ETHERTYPE_ARP, 12)
  b.set([0, 1, 8, 0, 6, 4, 0, operation], ETHERNET) // Ethernet, IPv4, their lengths
  b.set(from.mac, 22)
  b.set(from.address, 28)
  if (operation === REPLY) b.set(to.mac, 32)
  b.set(to.address, 38)
  return b
}

interface About {
  readonly type: number
  readonly flags: number
  readonly about: Uint8Array
}

function ndp({ type, flags, about }: About, from: Host, to: Host): Buffer {
  const b = Buffer.alloc(NEIGHBOUR_FRAME)
  const l4 = writeHeaders(b, 0, {
    family: 6,
    from: { ...from, gatewayMac: to.mac },
    to: to.address,
    protocol: ICMPV6,
    length: NDP_BYTES,
  })
  b[HOP_LIMIT_AT] = 255
  b[l4] = type
  b[l4 + 4] = flags
  b.set(about, l4 + 8)
  // Source or target link-layer address, in units of eight bytes.
  b.set([type === SOLICITATION ? 1 : 2, 1], l4 + 24)
  b.set(from.mac, l4 + 26)
  writeChecksum(b, 0, { family: 6, protocol: ICMPV6, length: NDP_BYTES })
  return b
}
