/**
 * Shows which packets the firewall itself received: a table of the harness. Its chain is the last
 * one of the input hook. It logs every packet that all other chains accepted to a netlink group,
 * which delivers the whole packet.
 *
 *     link ► prerouting ► routing ► input: … the firewall's chains … ► witness ► the firewall
 *
 * The host's answer alone cannot distinguish "accepted, no listener" from "rejected with a reset".
 * Sets of a ruleset lose elements. Log messages have numbers, so a lost one is detected.
 */
import type { Family } from '../../src/net/protocol.ts'
import { loadRuleset } from '../firewall/nft.ts'
import type { Netns } from '../kernel/netns.ts'
import {
  close,
  EAGAIN,
  ENOBUFS,
  errno,
  MSG_DONTWAIT,
  openNetlink,
  receive,
  recvmmsg,
  SyscallError,
  send,
  setReceiveBuffer,
} from '../kernel/syscalls.ts'
import { BATCH, type FrameSlots, makeSlots, readLengths } from './link.ts'
import { emptyReading, type Reading, readPacket } from './reader.ts'

/** Handles an accepted packet. Its bytes are in `data`. */
export type OnPacket = (data: Buffer, reading: Reading) => void

const NETLINK_NETFILTER = 12 // include/uapi/linux/netlink.h
const NFNL_SUBSYS_ULOG = 4
const NFULNL_MSG_CONFIG = 1
const NFULNL_CFG_CMD_BIND = 1 // include/uapi/linux/netfilter/nfnetlink_log.h
const NFULA_CFG_CMD = 1
const NFULA_CFG_MODE = 2
const NFULA_CFG_NLBUFSIZ = 3
const NFULA_CFG_QTHRESH = 5
const NFULA_CFG_FLAGS = 6
const NFULNL_COPY_PACKET = 2
const NFULNL_CFG_F_SEQ = 1
const NFULA_PAYLOAD = 9
const NFULA_SEQ = 12
const NLM_F_REQUEST = 1
const NLM_F_ACK = 4
const NLMSG_ERROR = 2

const GROUP = 28_687
const BUFFER_BYTES = 32 << 20
/** Bytes of netlink headers and attributes besides the packet. */
const AROUND = 256

export const WITNESS = 'nftproof_witness'
const table = (snapLength: number): string => `table inet ${WITNESS}
delete table inet ${WITNESS}
table inet ${WITNESS} {
  chain input {
    type filter hook input priority 2147483647; policy accept;
    log group ${GROUP} snaplen ${snapLength}
  }
}
`

export class Witness {
  readonly #firewall: Netns
  readonly #family: Family
  readonly #socket: number
  readonly #slots: FrameSlots
  readonly #snapLength: number
  readonly #reading: Reading
  #isPresent = false
  #next = 0
  #lost = 0

  /** `longest`: bytes of the longest packet that must be read completely. */
  constructor(firewall: Netns, family: Family, longest: number) {
    this.#firewall = firewall
    this.#family = family
    this.#reading = emptyReading(family)
    this.#snapLength = longest
    this.#slots = makeSlots(longest + AROUND)
    this.#socket = firewall.run(() => openNetlink(NETLINK_NETFILTER, 0, BUFFER_BYTES))
    this.#configure()
  }

  /** A firewall that was loaded since may have flushed all tables, including this one. */
  suspect(): void {
    this.#isPresent = false
  }

  /** Text that creates the table, for code that loads rules anyway and then calls `loaded`. */
  get text(): string {
    return table(this.#snapLength)
  }

  loaded(): void {
    this.#isPresent = true
  }

  /** Creates the table if it may be missing. */
  ensure(): void {
    if (this.#isPresent) return
    this.#firewall.run(() => loadRuleset(this.text))
    this.#isPresent = true
  }

  /** For tests of an overflow. */
  setReceiveBuffer(bytes: number): void {
    setReceiveBuffer(this.#socket, bytes)
  }

  /** Passes on every packet that was accepted since the last call; returns their number. */
  drain(onPacket: OnPacket): number {
    let all = 0
    for (;;) {
      const n = recvmmsg(this.#socket, this.#slots.headers, BATCH, MSG_DONTWAIT, null)
      if (n < 0) {
        if (errno() === EAGAIN) return all
        if (errno() !== ENOBUFS) throw new SyscallError('recvmmsg(witness)')
        this.#lost++
        continue
      }
      readLengths(this.#slots, n)
      for (let i = 0; i < n; i++) this.#read(i, onPacket)
      all += n
    }
  }

  /** Messages lost since the last call. */
  takeLost(): number {
    const lost = this.#lost
    this.#lost = 0
    return lost
  }

  close(): void {
    close(this.#socket)
  }

  #read(i: number, onPacket: OnPacket): void {
    const b = this.#slots.data
    const from = i * this.#slots.size
    const end = from + Math.min(this.#slots.lengths[i]!, this.#slots.size)
    if (b[from + 5] !== NFNL_SUBSYS_ULOG) return
    let payload = -1
    let length = 0
    for (let at = from + 20; at + 4 <= end; ) {
      const size = b.readUInt16LE(at)
      if (size < 4) break
      const type = b.readUInt16LE(at + 2) & 0x3fff
      if (type === NFULA_PAYLOAD) {
        payload = at + 4
        length = Math.min(size - 4, end - payload)
      } else if (type === NFULA_SEQ) this.#count(b.readUInt32BE(at + 4))
      at += (size + 3) & ~3
    }
    if (payload < 0 || b[payload]! >> 4 !== this.#family) return
    readPacket(b, payload, length, this.#reading)
    if (this.#reading.kind !== 'other') onPacket(b, this.#reading)
  }

  /** Messages are numbered from 0, so a gap is a loss. */
  #count(sequence: number): void {
    this.#lost += (sequence - this.#next) >>> 0
    this.#next = (sequence + 1) >>> 0
  }

  #configure(): void {
    const copy = Buffer.alloc(6)
    copy.writeUInt32BE(this.#snapLength, 0)
    copy[4] = NFULNL_COPY_PACKET
    const one = Buffer.from([0, 0, 0, 1])
    // Every message takes a buffer of this size. Small ones allow many to wait.
    const size = Buffer.alloc(4)
    size.writeUInt32BE(this.#slots.size)
    this.#ask(attribute(NFULA_CFG_CMD, Buffer.from([NFULNL_CFG_CMD_BIND])))
    this.#ask(attribute(NFULA_CFG_MODE, copy))
    this.#ask(attribute(NFULA_CFG_NLBUFSIZ, size))
    this.#ask(attribute(NFULA_CFG_QTHRESH, one))
    this.#ask(attribute(NFULA_CFG_FLAGS, Buffer.from([0, NFULNL_CFG_F_SEQ])))
  }

  #ask(payload: Buffer): void {
    const message = Buffer.alloc(20 + payload.length)
    message.writeUInt32LE(message.length, 0)
    message.writeUInt16LE((NFNL_SUBSYS_ULOG << 8) | NFULNL_MSG_CONFIG, 4)
    message.writeUInt16LE(NLM_F_REQUEST | NLM_F_ACK, 6)
    message.writeUInt16BE(GROUP, 18) // struct nfgenmsg: family, version, res_id
    message.set(payload, 20)
    send(this.#socket, message)
    const answer = Buffer.alloc(4096)
    do receive(this.#socket, answer)
    while (answer.readUInt16LE(4) !== NLMSG_ERROR)
    const error = -answer.readInt32LE(16)
    if (error !== 0) throw new SyscallError('nfnetlink_log', error)
  }
}

/** struct nlattr: length, type, value, padding to four bytes. */
function attribute(type: number, value: Buffer): Buffer {
  const b = Buffer.alloc(4 + ((value.length + 3) & ~3))
  b.writeUInt16LE(4 + value.length, 0)
  b.writeUInt16LE(type, 2)
  b.set(value, 4)
  return b
}
