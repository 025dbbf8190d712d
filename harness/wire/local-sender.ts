/**
 * Probes from the firewall itself: raw packets from a socket in its namespace, through the output
 * hook.
 */
import type { Family } from '../../src/net/protocol.ts'
import type { FlowLog } from '../kernel/flow-log.ts'
import { close, EPERM, openRawSocket, sendTo, setMark, socketAddress } from '../kernel/syscalls.ts'
import { LONGEST } from './fields.ts'
import { ETHERNET } from './frames.ts'

/** Endpoint of packets that need no link to leave. */
export const NO_LINK = { mac: new Uint8Array(6), gatewayMac: new Uint8Array(6) }

/**
 * Accepts frames like a link, and sends their packets at once, one by one. The error number of each
 * shows whether the firewall refused it, which is visible nowhere else, or whether it could not be
 * sent at all.
 */
export class LocalSender {
  /** The only slot: a frame is sent when it is committed. */
  readonly data = Buffer.alloc(LONGEST + ETHERNET)
  queued = 0
  intended = 0
  readonly #fd: number
  readonly #to: Buffer
  readonly #log: FlowLog
  readonly #failures = new Map<number, number>()

  /** In the namespace of the calling thread. */
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
    // The sender of a dropped packet gets "Operation not permitted".
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
