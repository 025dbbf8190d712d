/** The firewall's connection-tracking table: its size, and its removal of entries (ctnetlink). */
import { readFileSync } from 'node:fs'
import { deletion, deletionsOf, newFlow, question, type TrackedFlow } from './ctnetlink.ts'
import { FlowLog } from './flow-log.ts'
import { forgetListed, mustForget, sendAll } from './forget.ts'
import type { Netns } from './netns.ts'
import { close, MSG_DONTWAIT, NETLINK_NETFILTER, openNetlink, receive, send } from './syscalls.ts'

const NLMSG_ERROR = 2
const ENOENT = 2
const ACK_BYTES = 8192
const SOCKET_BYTES = 1 << 20

/** At most this many packets are recorded. */
const MOST_NOTED = 1 << 20
/** Until the time of a table walk is known, up to this many flows are removed one by one. */
const FEW = 4096

export interface SharedTracking {
  /** The file descriptor to which the wire's flows are written. */
  readonly journal: number
  /** Whether rules may put flows into zones, where a tuple alone does not identify them. */
  readonly isZoned: boolean
}

/**
 * Emptying a table takes a walk over the entries of all namespaces of the machine. So the wire's
 * flows are removed by their tuples if that is faster. In an existing namespace, other flows must
 * not be touched.
 */
export class Tracking {
  /** The flows of all packets that the wire sent. */
  readonly sent: FlowLog
  readonly #firewall: Netns
  readonly #socket: number
  readonly #shared: SharedTracking | undefined
  /** The duration of the last walk, and of one removal by tuple. */
  #walkMs: number | undefined
  #removalMs: number | undefined
  #emptied = 0
  readonly #mostNoted: number
  #isNoted = true

  constructor(firewall: Netns, existing?: SharedTracking, mostNoted = MOST_NOTED) {
    this.#mostNoted = mostNoted
    this.#firewall = firewall
    this.#shared = existing
    this.sent = new FlowLog(existing?.journal)
    this.#socket = firewall.run(() => openNetlink(NETLINK_NETFILTER, 0, SOCKET_BYTES))
  }

  /** The number of flushes. */
  get emptied(): number {
    return this.#emptied
  }

  /** Entries now, and their maximum. Undefined while connection tracking is not in use. */
  room(): { readonly count: number; readonly max: number } | undefined {
    return this.#firewall.run(() => {
      const count = readNumber('/proc/sys/net/netfilter/nf_conntrack_count')
      const max = readNumber('/proc/sys/net/netfilter/nf_conntrack_max')
      return count === undefined || max === undefined || max === 0 ? undefined : { count, max }
    })
  }

  /**
   * Before a sweep, so that the record does not grow without limit. Some flows must stay: in a new
   * namespace, they are left until the next walk.
   */
  makeRoom(): void {
    if (this.sent.size <= this.#mostNoted) return
    if (this.#shared) this.flush()
    else {
      this.sent.clear()
      this.#isNoted = false
    }
  }

  /** Removes every entry of the wire. In a new namespace, these are all entries. */
  flush(): void {
    this.#emptied++
    if (this.#shared) this.#flushOurs(this.#shared)
    else this.#flushAll()
    this.sent.clear()
    this.#isNoted = true
  }

  #flushAll(): void {
    if (this.room()?.count === 0) return
    if (this.#isNoted && this.#isQuickByTuple()) {
      this.#removeByTuple()
      // Other entries may remain, for example those that rules put into a zone.
      if (this.room()?.count === 0) return
    }
    const began = performance.now()
    this.#mustBeEmptied(this.#ask(deletion()))
    this.#walkMs = performance.now() - began
  }

  #isQuickByTuple(): boolean {
    if (this.#walkMs === undefined || this.#removalMs === undefined) return this.sent.size <= FEW
    return this.sent.size * this.#removalMs < this.#walkMs
  }

  #removeByTuple(): void {
    if (this.sent.size === 0) return
    const began = performance.now()
    for (const group of this.sent.groups) this.#send(deletionsOf(group))
    this.#removalMs = (performance.now() - began) / this.sent.size
  }

  #flushOurs({ isZoned }: SharedTracking): void {
    if (isZoned || this.sent.size > FEW) forgetListed(this.#socket, this.sent)
    else this.#removeByTuple()
  }

  /** Removes all flows of the wire and checks a listing. Throws EnvironmentError if some remain. */
  forgetAll(): void {
    mustForget(this.#socket, this.sent)
    this.sent.clear()
  }

  #send(deletions: readonly Buffer[]): void {
    sendAll(this.#socket, deletions)
  }

  // ENOENT: connection tracking is not loaded yet.
  #mustBeEmptied(errno: number): void {
    if (errno !== 0 && errno !== ENOENT)
      throw new Error(`the connection-tracking table could not be flushed: errno ${errno}`)
  }

  /** Whether this flow has an entry. */
  knows(flow: TrackedFlow): boolean {
    return this.#ask(question(flow)) === 0
  }

  /** Sends a request with an acknowledgement and returns its error number; 0 means success. */
  #ask(message: Uint8Array): number {
    send(this.#socket, message)
    const answer = Buffer.alloc(ACK_BYTES)
    do receive(this.#socket, answer)
    while (answer.readUInt16LE(4) !== NLMSG_ERROR)
    return -answer.readInt32LE(16)
  }

  /**
   * Adds flows that the kernel may not evict until the table is full. For the tests which show that
   * a full table is detected.
   */
  fill(): void {
    let address = 0
    for (;;) {
      const attachment = this.room()
      if (!attachment || attachment.count >= attachment.max) return
      const batch = Buffer.concat(Array.from({ length: FILL_BATCH }, () => newFlow(address++)))
      send(this.#socket, batch)
      const answer = Buffer.alloc(ACK_BYTES)
      while (receive(this.#socket, answer, MSG_DONTWAIT) > 0) {
        // Errors once the table is full, which is the goal.
      }
    }
  }

  close(): void {
    close(this.#socket)
  }
}

const FILL_BATCH = 64

function readNumber(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
