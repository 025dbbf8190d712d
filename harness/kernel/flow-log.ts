/**
 * The flows that the wire may have created in a firewall's connection tracking: the tuple of every
 * sent packet, as the kernel reads it (nf_ct_get_tuple). With these, exactly the wire's flows can
 * be removed. A journal keeps them after the harness is killed.
 */
import { ftruncateSync, readFileSync, writeSync } from 'node:fs'
import type { Family } from '../../src/net/protocol.ts'

/** Flows of one protocol between two addresses. */
export interface FlowGroup {
  readonly family: Family
  readonly protocol: number
  readonly from: Buffer
  readonly to: Buffer
  /** `marks.subarray(0, count)`: one for each packet, see `markOf`. */
  marks: Uint32Array
  count: number
}

const ICMP = 1
const ICMPV6 = 58
const FRAGMENT = 44
/**
 * Hop-by-hop, routing and destination options: extension headers with a length field (RFC 8200 §4).
 */
const EXTENSIONS = new Set([0, 43, 60])
/** TCP, UDP, DCCP, SCTP, UDP-Lite begin with their ports. */
const WITH_PORTS = new Set([6, 17, 33, 132, 136])
const FIRST_MARKS = 256

export class FlowLog {
  readonly #groups = new Map<string, FlowGroup>()
  readonly #journal: number | undefined
  readonly #record = Buffer.alloc(RECORD)
  #unsaved: Buffer[] = []
  #last: FlowGroup | undefined
  /** Packets recorded since the last `clear`. */
  size = 0

  /** `journal`: the descriptor of a file that is written before packets leave. */
  constructor(journal?: number) {
    this.#journal = journal
  }

  get groups(): Iterable<FlowGroup> {
    return this.#groups.values()
  }

  /** Records the packet whose IP header begins at `ip`. */
  note(b: Buffer, ip: number): void {
    const family: Family = b[ip]! >> 4 === 6 ? 6 : 4
    const { protocol, l4 } = family === 4 ? upperOf4(b, ip) : upperOf6(b, ip)
    const [at, bytes] = family === 4 ? [ip + 12, 4] : [ip + 8, 16]
    const group = this.#groupOf(family, protocol, b.subarray(at, at + 2 * bytes))
    this.#add(group, l4 === undefined ? 0 : markOf(protocol, b, l4))
  }

  /** Writes the new records to the journal. Called before the packets are sent. */
  save(): void {
    if (this.#journal === undefined || this.#unsaved.length === 0) return
    const all = Buffer.concat(this.#unsaved)
    this.#unsaved = []
    for (let done = 0; done < all.length; ) done += writeSync(this.#journal, all, done)
  }

  clear(): void {
    this.#groups.clear()
    this.#unsaved = []
    this.#last = undefined
    this.size = 0
    if (this.#journal !== undefined) ftruncateSync(this.#journal)
  }

  /** Consecutive packets usually differ only in their ports. */
  #groupOf(family: Family, protocol: number, addresses: Buffer): FlowGroup {
    const last = this.#last
    const half = addresses.length / 2
    if (
      last?.protocol === protocol &&
      last.family === family &&
      last.from.compare(addresses, 0, half) === 0 &&
      last.to.compare(addresses, half) === 0
    )
      return last
    const key = flowKey(family, protocol, addresses)
    let group = this.#groups.get(key)
    if (!group) {
      const [from, to] = [addresses.subarray(0, half), addresses.subarray(half)].map((part) =>
        Buffer.from(part),
      )
      const marks = new Uint32Array(FIRST_MARKS)
      group = { family, protocol, from: from!, to: to!, marks, count: 0 }
      this.#groups.set(key, group)
    }
    this.#last = group
    return group
  }

  #add(group: FlowGroup, mark: number): void {
    if (group.count === group.marks.length) {
      const wider = new Uint32Array(group.marks.length * 2)
      wider.set(group.marks)
      group.marks = wider
    }
    group.marks[group.count++] = mark
    this.size++
    if (this.#journal === undefined) return
    const record = this.#record.fill(0)
    record[0] = group.family
    record[1] = group.protocol
    record.writeUInt32LE(mark, 4)
    record.set(group.from, 8)
    record.set(group.to, 24)
    this.#unsaved.push(Buffer.from(record))
  }

  /** Reads a journal. An incomplete last record belongs to packets that were not sent. */
  static read(file: string): FlowLog {
    const log = new FlowLog()
    const b = readFileSync(file)
    for (let at = 0; at + RECORD <= b.length; at += RECORD) {
      const family: Family = b[at] === 6 ? 6 : 4
      const size = family === 4 ? 4 : 16
      const [from, to] = [b.subarray(at + 8, at + 8 + size), b.subarray(at + 24, at + 24 + size)]
      const group = log.#groupOf(family, b[at + 1]!, Buffer.concat([from, to]))
      log.#add(group, b.readUInt32LE(at + 4))
    }
    return log
  }
}

/** Family, protocol, two bytes of padding, mark, and two addresses of at most 16 bytes. */
const RECORD = 40

export const flowKey = (family: Family, protocol: number, addresses: Uint8Array): string =>
  `${family} ${protocol} ${Buffer.from(addresses.buffer, addresses.byteOffset, addresses.length).toString('latin1')}`

/**
 * Both ports, or the identifier, type and code of an ICMP message; 0 for protocols that the kernel
 * tracks by address only.
 */
function markOf(protocol: number, b: Buffer, l4: number): number {
  if (WITH_PORTS.has(protocol)) return b.readUInt32BE(l4)
  if (protocol !== ICMP && protocol !== ICMPV6) return 0
  return icmpMark(b.readUInt16BE(l4 + 4), b[l4]!, b[l4 + 1]!)
}

export const icmpMark = (id: number, type: number, code: number): number =>
  ((id << 16) | (type << 8) | code) >>> 0

interface Upper {
  readonly protocol: number
  /** Undefined if the packet is too short. */
  readonly l4: number | undefined
}

function upperOf4(b: Buffer, ip: number): Upper {
  const l4 = ip + (b[ip]! & 0xf) * 4
  return { protocol: b[ip + 9]!, l4: l4 + 8 <= b.length ? l4 : undefined }
}

function upperOf6(b: Buffer, ip: number): Upper {
  let protocol = b[ip + 6]!
  let at = ip + 40
  while (at + 8 <= b.length && (EXTENSIONS.has(protocol) || protocol === FRAGMENT)) {
    const length = protocol === FRAGMENT ? 8 : (b[at + 1]! + 1) * 8
    protocol = b[at]!
    at += length
  }
  return { protocol, l4: at + 8 <= b.length ? at : undefined }
}
