/** The firewall's connection-tracking table: how much room it has, and emptying it (ctnetlink). */
import { readFileSync } from 'node:fs'
import { close, MSG_DONTWAIT, openNetlink, receive, send } from '../wire/syscalls.ts'
import type { Netns } from './netns.ts'

const NETLINK_NETFILTER = 12 // include/uapi/linux/netlink.h
const CT_DELETE = (1 << 8) | 2 // NFNL_SUBSYS_CTNETLINK, IPCTNL_MSG_CT_DELETE
const REQUEST_ACK = 0x5 // NLM_F_REQUEST | NLM_F_ACK
const ACK_BYTES = 8192
const SOCKET_BYTES = 1 << 20

export class Tracking {
  readonly #firewall: Netns
  readonly #socket: number
  #emptied = 0

  constructor(firewall: Netns) {
    this.#firewall = firewall
    this.#socket = firewall.run(() => openNetlink(NETLINK_NETFILTER, 0, SOCKET_BYTES))
  }

  /** How often all entries were removed. */
  get emptied(): number {
    return this.#emptied
  }

  /** Entries now, and the most that there may be; undefined while connection tracking is not in use. */
  room(): { readonly count: number; readonly max: number } | undefined {
    return this.#firewall.run(() => {
      const count = readNumber('/proc/sys/net/netfilter/nf_conntrack_count')
      const max = readNumber('/proc/sys/net/netfilter/nf_conntrack_max')
      return count === undefined || max === undefined || max === 0 ? undefined : { count, max }
    })
  }

  /** Removes every entry. */
  flush(): void {
    this.#emptied++
    const message = Buffer.alloc(20) // struct nlmsghdr, struct nfgenmsg
    message.writeUInt32LE(message.length, 0)
    message.writeUInt16LE(CT_DELETE, 4)
    message.writeUInt16LE(REQUEST_ACK, 6)
    send(this.#socket, message)
    const answer = Buffer.alloc(ACK_BYTES)
    receive(this.#socket, answer)
    const error = answer.readInt32LE(16)
    if (error !== 0)
      throw new Error(`the connection-tracking table could not be emptied: errno ${-error}`)
  }

  /**
   * Adds flows that the kernel may not evict until no more fit. For the tests
   * that prove that a full table is noticed.
   */
  fill(): void {
    let address = 0
    for (;;) {
      const room = this.room()
      if (!room || room.count >= room.max) return
      const batch = Buffer.concat(Array.from({ length: FILL_BATCH }, () => newFlow(address++)))
      send(this.#socket, batch)
      const answer = Buffer.alloc(ACK_BYTES)
      while (receive(this.#socket, answer, MSG_DONTWAIT) > 0) {
        // Errors once the table is full: that is what was wanted.
      }
    }
  }

  close(): void {
    close(this.#socket)
  }
}

const FILL_BATCH = 64
const CT_NEW = 1 << 8 // IPCTNL_MSG_CT_NEW
const REQUEST_CREATE = 0x401 // NLM_F_REQUEST | NLM_F_CREATE
const ASSURED = 0b1110 // IPS_SEEN_REPLY | IPS_ASSURED | IPS_CONFIRMED
const HOUR_S = 3600

/** A ctnetlink message that creates an assured UDP flow from 10.0.0.0/8 (enum ctattr_type). */
function newFlow(n: number): Buffer {
  const own = Buffer.from([10, (n >> 16) & 0xff, (n >> 8) & 0xff, n & 0xff])
  const other = Buffer.from([192, 0, 2, 1])
  const body = Buffer.concat([
    Buffer.from([2, 0, 0, 0]), // struct nfgenmsg: AF_INET
    nested(1, tuple(own, other, 1000, 2000)),
    nested(2, tuple(other, own, 2000, 1000)),
    attribute(3, u32(ASSURED)),
    attribute(7, u32(HOUR_S)),
  ])
  const header = Buffer.alloc(16)
  header.writeUInt32LE(16 + body.length, 0)
  header.writeUInt16LE(CT_NEW, 4)
  header.writeUInt16LE(REQUEST_CREATE, 6)
  return Buffer.concat([header, body])
}

function tuple(from: Buffer, to: Buffer, fromPort: number, toPort: number): Buffer {
  return Buffer.concat([
    nested(1, Buffer.concat([attribute(1, from), attribute(2, to)])),
    nested(
      2,
      Buffer.concat([
        attribute(1, Buffer.from([17])),
        attribute(2, u16(fromPort)),
        attribute(3, u16(toPort)),
      ]),
    ),
  ])
}

const NESTED = 0x8000 // NLA_F_NESTED

const nested = (type: number, value: Buffer): Buffer => attribute(type | NESTED, value)

/** struct nlattr, padded to four bytes. */
function attribute(type: number, value: Buffer): Buffer {
  const b = Buffer.alloc((4 + value.length + 3) & ~3)
  b.writeUInt16LE(4 + value.length, 0)
  b.writeUInt16LE(type, 2)
  value.copy(b, 4)
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

function readNumber(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
