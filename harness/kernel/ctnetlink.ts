/**
 * Messages to the kernel about its table of flows (ctnetlink,
 * include/uapi/linux/netfilter/nfnetlink_conntrack.h).
 */
import type { Family } from '../../src/net/protocol.ts'
import { type FlowGroup, flowKey, icmpMark } from './flow-log.ts'

/** A flow as in its first packet, before any translation. */
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
const REQUEST = 0x1 // NLM_F_REQUEST
const REQUEST_DUMP = 0x301 // NLM_F_REQUEST | NLM_F_DUMP
const CTA_ID = 12
const CTA_ZONE = 18
export const NLMSG_DONE = 3

/** Requests every entry of a family. */
export function listing(family: Family): Buffer {
  return message(CT_GET, REQUEST_DUMP, ADDRESS_FAMILY[family], [])
}

/** An entry of a listing: its flow, and the message that removes it. */
export interface ListedFlow {
  /** As in `keyOf` of flow-log.ts. */
  readonly key: string
  /** As in a FlowLog. Undefined if the entry has only addresses. */
  readonly mark: number | undefined
  deletion(): Buffer
}

/** All entries of a listing's message. */
export function flowsIn(listed: Uint8Array): ListedFlow[] {
  const b = Buffer.from(listed.buffer, listed.byteOffset, listed.byteLength)
  return [...messagesIn(b)].flatMap((entry) => {
    const family: Family = entry[16] === ADDRESS_FAMILY[6] ? 6 : 4
    const attributes = [...attributesIn(entry, 20)]
    const orig = attributes.find(({ type }) => type === CTA_TUPLE_ORIG)
    if (!orig) return []
    // The zone distinguishes flows with one tuple. The id shows whether it is still the same flow.
    const named = attributes.filter(({ type }) => type === CTA_ZONE || type === CTA_ID)
    const whole = [orig.whole, ...named.map((one) => one.whole)]
    return {
      ...readTuple(orig.value, family),
      deletion: () => message(CT_DELETE, REQUEST, ADDRESS_FAMILY[family], whole),
    }
  })
}

function readTuple(tuple: Buffer, family: Family): Pick<ListedFlow, 'key' | 'mark'> {
  const parts = new Map([...attributesIn(tuple, 0)].map(({ type, value }) => [type, value]))
  const addresses = new Map(
    [...attributesIn(parts.get(1) ?? NONE, 0)].map(({ type, value }) => [type, value]),
  )
  const proto = new Map(
    [...attributesIn(parts.get(2) ?? NONE, 0)].map(({ type, value }) => [type, value]),
  )
  const first = family === 4 ? 1 : 3
  const both = Buffer.concat([addresses.get(first) ?? NONE, addresses.get(first + 1) ?? NONE])
  return { key: flowKey(family, proto.get(1)?.[0] ?? 0, both), mark: markIn(proto) }
}

/** enum ctattr_l4proto: ports from 2, of ICMP from 4, of ICMPv6 from 7. */
function markIn(proto: ReadonlyMap<number, Buffer>): number | undefined {
  const [source, destination] = [proto.get(2), proto.get(3)]
  if (source && destination)
    return ((source.readUInt16BE() << 16) | destination.readUInt16BE()) >>> 0
  for (const at of [4, 7]) {
    const [id, type, code] = [proto.get(at), proto.get(at + 1), proto.get(at + 2)]
    if (id && type && code) return icmpMark(id.readUInt16BE(), type[0]!, code[0]!)
  }
  return undefined
}

const NONE = Buffer.alloc(0)

/** Messages that remove the flows of a group from the default zone. */
export function deletionsOf({ family, protocol, from, to, marks, count }: FlowGroup): Buffer[] {
  return Array.from(new Set(marks.subarray(0, count)), (mark) =>
    message(CT_DELETE, REQUEST, ADDRESS_FAMILY[family], [
      nested(
        CTA_TUPLE_ORIG,
        Buffer.concat([addressesOf(family, from, to), protoOf(protocol, mark)]),
      ),
    ]),
  )
}

function protoOf(protocol: number, mark: number): Buffer {
  const first = { 1: 4, 58: 7 }[protocol]
  const fields =
    first === undefined
      ? [attribute(2, u16(mark >>> 16)), attribute(3, u16(mark & 0xffff))]
      : [
          attribute(first, u16(mark >>> 16)),
          attribute(first + 1, Buffer.from([(mark >>> 8) & 0xff])),
          attribute(first + 2, Buffer.from([mark & 0xff])),
        ]
  return nested(2, Buffer.concat([attribute(1, Buffer.from([protocol])), ...fields]))
}

// enum ctattr_ip counts the addresses of IPv4 from 1, those of IPv6 from 3.
function addressesOf(family: Family, from: Uint8Array, to: Uint8Array): Buffer {
  const first = family === 4 ? 1 : 3
  return nested(1, Buffer.concat([attribute(first, from), attribute(first + 1, to)]))
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
  /** With header and padding. */
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

/** Requests one entry. Error number 2 (ENOENT) means that it does not exist. */
export function question(flow: TrackedFlow): Buffer {
  return message(CT_GET, REQUEST_ACK, ADDRESS_FAMILY[flow.family], [nested(1, tuple(flow))])
}

const ASSURED = 0b1110 // IPS_SEEN_REPLY | IPS_ASSURED | IPS_CONFIRMED
const HOUR_S = 3600
const UDP = 17

/** Creates an assured UDP flow from 10.0.0.0/8, a different one for each number. */
export function newFlow(n: number): Buffer {
  const from = Buffer.from([10, (n >> 16) & 0xff, (n >> 8) & 0xff, n & 0xff])
  const to = Buffer.from([192, 0, 2, 1])
  return creation({ family: 4, protocol: UDP, from, to, fromPort: 1000, toPort: 2000 })
}

/** Creates an assured flow without translation. For ICMP, the ports are as in a `mark`. */
export function creation(flow: TrackedFlow, zone = 0): Buffer {
  const { family, from, to, fromPort, toPort, protocol } = flow
  const isIcmp = protocol === 1
  // Type 0 answers an echo request.
  const [backFrom, backTo] = isIcmp ? [fromPort, 0] : [toPort, fromPort]
  const back = { ...flow, from: to, to: from, fromPort: backFrom, toPort: backTo }
  return message(CT_NEW, REQUEST_CREATE, ADDRESS_FAMILY[family], [
    nested(1, tuple(flow)),
    nested(2, tuple(back)),
    attribute(3, u32(ASSURED)),
    attribute(7, u32(HOUR_S)),
    attribute(CTA_ZONE, u16(zone)),
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

function tuple({ family, protocol, from, to, fromPort, toPort }: TrackedFlow): Buffer {
  const mark = ((fromPort << 16) | toPort) >>> 0
  return Buffer.concat([addressesOf(family, from, to), protoOf(protocol, mark)])
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
