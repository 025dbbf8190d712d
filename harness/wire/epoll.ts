/** Which links have frames to read: one system call for any number of links (epoll(7)). */

import {
  close,
  EINTR,
  EPOLL_DATA,
  EPOLL_EVENT,
  epollWait,
  errno,
  openEpoll,
  SyscallError,
} from '../kernel/syscalls.ts'
import type { Link } from './link.ts'

/** Links reported at once. The others are reported the next time (epoll_wait rotates). */
const MOST = 64

export class Epoll {
  readonly #links: readonly Link[]
  readonly #epoll: number
  readonly #events = Buffer.alloc(MOST * EPOLL_EVENT)

  constructor(links: readonly Link[]) {
    this.#links = links
    this.#epoll = openEpoll(links.map(({ fd }) => fd))
  }

  /** Passes on each link that can be read now or within the time, and returns their number. */
  each(take: (link: Link) => void, waitMs = 0): number {
    const n = epollWait(this.#epoll, this.#events, MOST, waitMs)
    if (n < 0) {
      // This process was stopped for a moment (ptrace, a freezer): nothing is ready yet.
      if (errno() === EINTR) return 0
      throw new SyscallError('epoll_wait')
    }
    for (let i = 0; i < n; i++)
      take(this.#links[this.#events.readUInt32LE(i * EPOLL_EVENT + EPOLL_DATA)]!)
    return n
  }

  close(): void {
    close(this.#epoll)
  }
}
