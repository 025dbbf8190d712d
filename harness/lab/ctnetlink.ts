/**
 * Messages to the kernel about its table of flows (ctnetlink,
 * include/uapi/linux/netfilter/nfnetlink_conntrack.h).
 */
import type { Family } from '../../src/flow.ts'

/** A flow as its first packet had it, before any translation. */
export interface TrackedFlow {
  readonly family: Family
  /** IP protocol number. */
  readonly protocol: number
  readonly from: Uint8Array
  readonly to: Uint8Array
  readonly fromPort: number
  readonly toPort: number
}

const CT_NEW = 1 << 8 // NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_NEW
const CT_GET = (1 << 8) | 1
const CT_DELETE = (1 << 8) | 2
const REQUEST_ACK = 0x5 // NLM_F_REQUEST | NLM_F_ACK
const REQUEST_CREATE = 0x401 // NLM_F_REQUEST | NLM_F_CREATE
const ADDRESS_FAMILY: Readonly<Record<Family, number>> = { 4: 2, 6: 10 } // AF_INET, AF_INET6

/** Removes every entry. */
export function deletion(): Buffer {
  return message(CT_DELETE, REQUEST_ACK, 0, [])
}

const CTA_TUPLE_ORIG = 1
const CTA_FILTER = 25
const CTA_FILTER_ORIG_FLAGS = 1
const CTA_FILTER_F_CTA_IP_SRC = 1 << 0

/** Removes every entry whose first packet came from this address. Older kernels (Debian 12's, for one) refuse it. */
export function deletionFrom(address: Uint8Array): Buffer {
  const family: Family = address.length === 4 ? 4 : 6
  const source = attribute(family === 4 ? 1 : 3, address)
  const flags = Buffer.alloc(4)
  flags.writeUInt32LE(CTA_FILTER_F_CTA_IP_SRC)
  return message(CT_DELETE, REQUEST_ACK, ADDRESS_FAMILY[family], [
    nested(CTA_TUPLE_ORIG, nested(1, source)),
    nested(CTA_FILTER, attribute(CTA_FILTER_ORIG_FLAGS, flags)),
  ])
}

const REQUEST = 0x1 // NLM_F_REQUEST
const REQUEST_DUMP = 0x301 // NLM_F_REQUEST | NLM_F_DUMP
const CTA_ZONE = 18
export const NLMSG_DONE = 3

/** Asks for every entry of a family. */
export function listing(family: Family): Buffer {
  return message(CT_GET, REQUEST_DUMP, ADDRESS_FAMILY[family], [])
}

/** Messages that remove the listed entries whose first packets came from these addresses (`hex`). */
export function deletionsIn(listed: Uint8Array, sources: ReadonlySet<string>): Buffer[] {
  const b = Buffer.from(listed.buffer, listed.byteOffset, listed.byteLength)
  return [...messagesIn(b)].flatMap((entry) => {
    const family: Family = entry[16] === ADDRESS_FAMILY[6] ? 6 : 4
    const attributes = [...attributesIn(entry, 20)]
    const orig = attributes.find(({ type }) => type === CTA_TUPLE_ORIG)
    if (!orig || !sources.has(hex(sourceOf(orig.value, family)))) return []
    const zone = attributes.find(({ type }) => type === CTA_ZONE)
    const named = [orig.whole, ...(zone ? [zone.whole] : [])]
    return message(CT_DELETE, REQUEST, ADDRESS_FAMILY[family], named)
  })
}

export const hex = (address: Uint8Array): string => Buffer.from(address).toString('hex')

function sourceOf(tuple: Buffer, family: Family): Buffer {
  const addresses = [...attributesIn(tuple, 0)].find(({ type }) => type === 1)
  const source = addresses && [...attributesIn(addresses.value, 0)]
  return source?.find(({ type }) => type === (family === 4 ? 1 : 3))?.value ?? Buffer.alloc(0)
}

function* messagesIn(b: Buffer): Generator<Buffer> {
  for (let at = 0; at + 16 <= b.length; ) {
    const size = b.readUInt32LE(at)
    if (size < 16) return
    yield b.subarray(at, at + size)
    at += (size + 3) & ~3
  }
}

interface Attribute {
  readonly type: number
  readonly value: Buffer
  /** With its header and padding. */
  readonly whole: Buffer
}

function* attributesIn(b: Buffer, from: number): Generator<Attribute> {
  for (let at = from; at + 4 <= b.length; ) {
    const size = b.readUInt16LE(at)
    if (size < 4) return
    const next = at + ((size + 3) & ~3)
    const type = b.readUInt16LE(at + 2) & 0x3fff
    yield { type, value: b.subarray(at + 4, at + size), whole: b.subarray(at, next) }
    at = next
  }
}

/** Asks for one entry; the error number 2 (ENOENT) says that there is none. */
export function question(flow: TrackedFlow): Buffer {
  return message(CT_GET, REQUEST_ACK, ADDRESS_FAMILY[flow.family], [nested(1, tuple(flow))])
}

const ASSURED = 0b1110 // IPS_SEEN_REPLY | IPS_ASSURED | IPS_CONFIRMED
const HOUR_S = 3600
const UDP = 17

/** Creates an assured UDP flow from 10.0.0.0/8, another one for each number. */
export function newFlow(n: number): Buffer {
  const from = Buffer.from([10, (n >> 16) & 0xff, (n >> 8) & 0xff, n & 0xff])
  const to = Buffer.from([192, 0, 2, 1])
  const common = { family: 4, protocol: UDP } as const
  return message(CT_NEW, REQUEST_CREATE, ADDRESS_FAMILY[4], [
    nested(1, tuple({ ...common, from, to, fromPort: 1000, toPort: 2000 })),
    nested(2, tuple({ ...common, from: to, to: from, fromPort: 2000, toPort: 1000 })),
    attribute(3, u32(ASSURED)),
    attribute(7, u32(HOUR_S)),
  ])
}

/** struct nlmsghdr, struct nfgenmsg, attributes of enum ctattr_type. */
function message(
  type: number,
  flags: number,
  addressFamily: number,
  attributes: readonly Buffer[],
): Buffer {
  const b = Buffer.concat([Buffer.alloc(20), ...attributes])
  b.writeUInt32LE(b.length, 0)
  b.writeUInt16LE(type, 4)
  b.writeUInt16LE(flags, 6)
  b[16] = addressFamily
  return b
}

// enum ctattr_ip counts the addresses of IPv4 from 1, those of IPv6 from 3.
function tuple({ family, protocol, from, to, fromPort, toPort }: TrackedFlow): Buffer {
  const first = family === 4 ? 1 : 3
  return Buffer.concat([
    nested(1, Buffer.concat([attribute(first, from), attribute(first + 1, to)])),
    nested(
      2,
      Buffer.concat([
        attribute(1, Buffer.from([protocol])),
        attribute(2, u16(fromPort)),
        attribute(3, u16(toPort)),
      ]),
    ),
  ])
}

const NESTED = 0x8000 // NLA_F_NESTED

const nested = (type: number, value: Buffer): Buffer => attribute(type | NESTED, value)

/** struct nlattr, padded to four bytes. */
function attribute(type: number, value: Uint8Array): Buffer {
  const b = Buffer.alloc((4 + value.length + 3) & ~3)
  b.writeUInt16LE(4 + value.length, 0)
  b.writeUInt16LE(type, 2)
  b.set(value, 4)
  return b
}

function u32(n: number): Buffer {
  const b = Buffer.alloc(4)
  b.writeUInt32BE(n)
  return b
}

function u16(n: number): Buffer {
  const b = Buffer.alloc(2)
  b.writeUInt16BE(n)
  return b
}
