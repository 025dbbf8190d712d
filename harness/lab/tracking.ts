/** The firewall's connection-tracking table: how much room it has, and emptying it (ctnetlink). */
import { readFileSync } from 'node:fs'
import { FAMILIES, type Family } from '../../src/flow.ts'
import { close, MSG_DONTWAIT, openNetlink, receive, send } from '../wire/syscalls.ts'
import {
  deletion,
  deletionFrom,
  deletionsIn,
  hex,
  listing,
  NLMSG_DONE,
  newFlow,
  question,
  type TrackedFlow,
} from './ctnetlink.ts'
import type { Netns } from './netns.ts'

const NETLINK_NETFILTER = 12 // include/uapi/linux/netlink.h
const NLMSG_ERROR = 2
const ENOENT = 2
const EINVAL = 22
/** The kernel puts at most so much into one message of a listing. */
const DUMP_BYTES = 1 << 16
const AT_ONCE = 256
const ACK_BYTES = 8192
const SOCKET_BYTES = 1 << 20

export class Tracking {
  readonly #firewall: Netns
  readonly #socket: number
  readonly #sources: Map<string, Uint8Array> | undefined
  /** Whether the kernel removes the flows of one address at once. */
  #filters: boolean
  #emptied = 0

  /** In somebody's namespace only flows from addresses that were probed from are touched. */
  constructor(firewall: Netns, sparing = false, filters = true) {
    this.#filters = filters
    this.#firewall = firewall
    this.#sources = sparing ? new Map() : undefined
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

  /** Probes come from there. */
  probesFrom(address: Uint8Array): void {
    this.#sources?.set(hex(address), address)
  }

  /** Removes every entry that may be one of ours. */
  flush(): void {
    this.#emptied++
    if (!this.#sources) this.#mustBeEmptied(this.#ask(deletion()))
    else if (!this.#filters || !this.#forgetAtOnce([...this.#sources.values()])) {
      this.#filters = false
      this.#forgetEach(new Set(this.#sources.keys()))
    }
  }

  /** False where the kernel cannot remove all flows of an address. */
  #forgetAtOnce(sources: readonly Uint8Array[]): boolean {
    for (const source of sources) {
      const errno = this.#ask(deletionFrom(source))
      if (errno === EINVAL) return false
      this.#mustBeEmptied(errno)
    }
    return true
  }

  #forgetEach(sources: ReadonlySet<string>): void {
    const listed = FAMILIES.flatMap((family) => this.#list(family))
    const deletions = listed.flatMap((part) => deletionsIn(part, sources))
    for (let i = 0; i < deletions.length; i += AT_ONCE)
      send(this.#socket, Buffer.concat(deletions.slice(i, i + AT_ONCE)))
    // An entry that ended meanwhile is answered by an error, which is let go.
    const answer = Buffer.alloc(DUMP_BYTES)
    while (receive(this.#socket, answer, MSG_DONTWAIT) > 0);
  }

  #list(family: Family): Buffer[] {
    send(this.#socket, listing(family))
    const parts: Buffer[] = []
    for (;;) {
      const into = Buffer.alloc(DUMP_BYTES)
      const length = receive(this.#socket, into)
      const type = into.readUInt16LE(4)
      if (type === NLMSG_DONE || type === NLMSG_ERROR) return parts
      parts.push(into.subarray(0, length))
    }
  }

  // ENOENT: connection tracking is not in use yet.
  #mustBeEmptied(errno: number): void {
    if (errno !== 0 && errno !== ENOENT)
      throw new Error(`the connection-tracking table could not be emptied: errno ${errno}`)
  }

  /** Whether there is an entry of this flow. */
  knows(flow: TrackedFlow): boolean {
    return this.#ask(question(flow)) === 0
  }

  /** Sends a request that is to be acknowledged: the error number in that, 0 for none. */
  #ask(message: Uint8Array): number {
    send(this.#socket, message)
    const answer = Buffer.alloc(ACK_BYTES)
    do receive(this.#socket, answer)
    while (answer.readUInt16LE(4) !== NLMSG_ERROR)
    return -answer.readInt32LE(16)
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

function readNumber(path: string): number | undefined {
  try {
    return Number(readFileSync(path, 'utf8'))
  } catch {
    return undefined
  }
}
