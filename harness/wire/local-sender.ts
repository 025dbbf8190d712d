/** Probes that the firewall itself sends: raw packets from a socket of its own, by way of the output hook. */
import type { Family } from '../../src/net/protocol.ts'
import type { FlowLog } from '../kernel/flow-log.ts'
import { close, EPERM, openRawSocket, sendTo, setMark, socketAddress } from '../kernel/syscalls.ts'
import { LONGEST } from './fields.ts'
import { ETHERNET } from './frames.ts'

/** Endpoint of packets that need no link to leave. */
export const NO_LINK = { mac: new Uint8Array(6), gatewayMac: new Uint8Array(6) }

/**
 * Takes frames as a link does, and sends the packets in them at once, one by
 * one: the error number of each tells whether the firewall refused it, which
 * shows nowhere else, or whether it never was on its way.
 */
export class LocalSender {
  /** The only slot: a frame is gone when it is committed. */
  readonly data = Buffer.alloc(LONGEST + ETHERNET)
  queued = 0
  intended = 0
  readonly #fd: number
  readonly #to: Buffer
  readonly #log: FlowLog
  readonly #failures = new Map<number, number>()

  /** In the calling thread's namespace. */
  constructor(family: Family, to: Uint8Array, mark: number | undefined, log: FlowLog) {
    this.#log = log
    this.#fd = openRawSocket(family)
    this.#to = socketAddress(to)
    if (mark !== undefined) setMark(this.#fd, mark)
  }

  slot(): number {
    return 0
  }

  commit(length: number): void {
    this.queued++
    this.intended++
    this.#log.note(this.data, ETHERNET)
    this.#log.save()
    const failed = sendTo(this.#fd, this.data.subarray(ETHERNET, length), this.#to)
    // "Operation not permitted" is what the sender of a dropped packet is told.
    if (failed !== 0 && failed !== EPERM)
      this.#failures.set(failed, (this.#failures.get(failed) ?? 0) + 1)
  }

  flush(): void {
    this.queued = 0
  }

  /** Packets that were not sent since the last call, by error number. */
  takeFailures(): Map<number, number> {
    const failures = new Map(this.#failures)
    this.#failures.clear()
    return failures
  }

  close(): void {
    close(this.#fd)
  }
}
