/**
 * The wire's end of one link: a packet socket with preallocated slots, into
 * which frames are written and from which they are read, a batch at a time.
 */
import type { FlowLog } from '../kernel/flow-log.ts'
import {
  bufferAddress,
  close,
  EAGAIN,
  ENOBUFS,
  errno,
  openPacketSocket,
  recvmmsg,
  SyscallError,
  sendmmsg,
  setBuffers,
  takeDrops,
} from '../kernel/syscalls.ts'
import { ETHERNET } from './frames.ts'

/** Bytes kept of a frame; the longest that counts is an ICMPv6 error quoting an ordinary probe. */
export const SLOT = 256
/** Frames a batch: fits the stock receive buffer of 212,992 bytes (doubled by the kernel) at ~768 bytes a frame. */
export const BATCH = 256
const BUFFER_BYTES = 64 << 20 // had as root only
const MMSGHDR = 64 // struct mmsghdr on 64-bit Linux: msghdr (56), msg_len (4), padding
const IOVEC = 16

/** Slots for one direction. The buffers' addresses are in each other: keep the object alive while it is used. */
export interface FrameSlots {
  readonly data: Buffer
  readonly vectors: Buffer
  readonly headers: Buffer
  readonly lengths: Uint16Array
  /** Bytes of a slot: slot `i` of `data` begins at `i * size`. */
  readonly size: number
}

export class Link {
  readonly zone: string
  readonly name: string
  /** Receive buffer in bytes, as the kernel counts it. */
  readonly receiveBuffer: number
  readonly fd: number
  /** Received frames: frame `i` starts at `i * received.size` and is `received.lengths[i]` long. */
  readonly received: FrameSlots
  #outgoing: FrameSlots | undefined
  /** What leaves is noted there first. */
  log: FlowLog | undefined
  /** Frames waiting in `outgoing`. */
  queued = 0
  /** Frames that were to be sent, and frames received, so far. */
  intended = 0
  seen = 0

  /** `received` may be that of other links too: what is in it is gone when the next one is read. */
  constructor(zone: string, interfaceName: string, received: FrameSlots) {
    this.zone = zone
    this.received = received
    this.name = interfaceName
    this.fd = openPacketSocket(interfaceName)
    this.receiveBuffer = setBuffers(this.fd, BUFFER_BYTES)
  }

  /** Made when the first frame is written: most links of a large lab never send. */
  get outgoing(): FrameSlots {
    this.#outgoing ??= makeSlots(this.received.size)
    return this.#outgoing
  }

  /** Where frames are written, at the offsets that `slot` gives. */
  get data(): Buffer {
    return this.outgoing.data
  }

  /** Byte offset of the next free outgoing slot; `commit` takes it. Flushes first when all are taken. */
  slot(): number {
    if (this.queued === BATCH) this.flush()
    return this.queued * this.received.size
  }

  commit(length: number): void {
    const i = this.queued++
    this.intended++
    if (this.outgoing.lengths[i] === length) return
    this.outgoing.lengths[i] = length
    this.outgoing.vectors.writeUInt32LE(length, i * IOVEC + 8)
  }

  /**
   * Hands every queued frame to the kernel. On a veth pair it has been
   * forwarded, dropped or answered when this returns. Throws SyscallError for
   * anything but a momentarily full queue.
   */
  flush(): void {
    this.#note()
    let done = 0
    while (done < this.queued) {
      const n = sendmmsg(
        this.fd,
        this.outgoing.headers.subarray(done * MMSGHDR),
        this.queued - done,
        0,
      )
      if (n >= 0) done += n
      else if (errno() !== EAGAIN && errno() !== ENOBUFS)
        throw new SyscallError(`sendmmsg(${this.name})`)
    }
    this.queued = 0
  }

  #note(): void {
    if (!this.log) return
    const { data } = this.outgoing
    for (let i = 0; i < this.queued; i++) this.log.note(data, i * this.received.size + ETHERNET)
    this.log.save()
  }

  /** Receives what is there, at most BATCH frames; their number. */
  receive(): number {
    const n = recvmmsg(this.fd, this.received.headers, BATCH, 0, null)
    if (n < 0) {
      if (errno() === EAGAIN) return 0
      throw new SyscallError(`recvmmsg(${this.name})`)
    }
    this.seen += n
    readLengths(this.received, n)
    return n
  }

  /** Frames lost since the last call because the receive buffer was full. */
  takeDrops(): number {
    return takeDrops(this.fd)
  }

  close(): void {
    close(this.fd)
  }
}

/** After recvmmsg: how long each of the first `n` messages is. */
export function readLengths({ headers, lengths }: FrameSlots, n: number): void {
  for (let i = 0; i < n; i++) {
    const at = i * MMSGHDR + 56
    lengths[i] = headers[at]! | (headers[at + 1]! << 8)
  }
}

/** BATCH slots of `size` bytes. */
export function makeSlots(size = SLOT): FrameSlots {
  const data = Buffer.alloc(BATCH * size)
  const vectors = Buffer.alloc(BATCH * IOVEC)
  const headers = Buffer.alloc(BATCH * MMSGHDR)
  const dataAt = bufferAddress(data)
  const vectorsAt = bufferAddress(vectors)
  for (let i = 0; i < BATCH; i++) {
    vectors.writeBigUInt64LE(dataAt + BigInt(i * size), i * IOVEC)
    vectors.writeBigUInt64LE(BigInt(size), i * IOVEC + 8)
    headers.writeBigUInt64LE(vectorsAt + BigInt(i * IOVEC), i * MMSGHDR + 16) // msg_iov
    headers.writeBigUInt64LE(1n, i * MMSGHDR + 24) // msg_iovlen
  }
  return { data, vectors, headers, lengths: new Uint16Array(BATCH), size }
}
