/**
 * The wire's end of one link: a packet socket with preallocated slots. Frames are written into them
 * and read from them in batches.
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

/**
 * Bytes kept of a frame. The longest relevant one is an ICMPv6 error that quotes an ordinary probe.
 */
export const SLOT = 256
/** Frames a batch: fits the stock receive buffer of 212,992 bytes (doubled by the kernel) at ~768 bytes a frame. */
export const BATCH = 256
const BUFFER_BYTES = 64 << 20 // had as root only
const MMSGHDR = 64 // struct mmsghdr on 64-bit Linux: msghdr (56), msg_len (4), padding
const IOVEC = 16

/**
 * Slots for one direction. The buffers contain each other's addresses: keep the object alive while
 * it is used.
 */
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
  /** Frames are recorded there before they leave. */
  log: FlowLog | undefined
  /** Frames that wait in `outgoing`. */
  queued = 0
  /** Frames to send, and frames received, so far. */
  intended = 0
  seen = 0

  /** Links may share `received`: reading the next link overwrites it. */
  constructor(zone: string, interfaceName: string, received: FrameSlots) {
    this.zone = zone
    this.received = received
    this.name = interfaceName
    this.fd = openPacketSocket(interfaceName)
    this.receiveBuffer = setBuffers(this.fd, BUFFER_BYTES)
  }

  /** Created with the first frame, because most links of a large lab never send. */
  get outgoing(): FrameSlots {
    this.#outgoing ??= makeSlots(this.received.size)
    return this.#outgoing
  }

  /** The buffer for outgoing frames, at the offsets of `slot`. */
  get data(): Buffer {
    return this.outgoing.data
  }

  /**
   * Byte offset of the next free outgoing slot, which `commit` takes. Flushes first if all are
   * taken.
   */
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
   * Passes every queued frame to the kernel. On a veth pair, each has been forwarded, dropped or
   * answered when this returns. Throws SyscallError for every error except a momentarily full
   * queue.
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

  /** Receives the waiting frames, at most BATCH; returns their number. */
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

/** After recvmmsg: the length of each of the first `n` messages. */
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
