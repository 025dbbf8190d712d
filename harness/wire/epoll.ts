/** Which links have frames to be read: one question for all of them, however many there are (epoll(7)). */

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

/** Links told of at once. Those left out are told of the next time (epoll_wait goes round). */
const MOST = 64

export class Epoll {
  readonly #links: readonly Link[]
  readonly #epoll: number
  readonly #events = Buffer.alloc(MOST * EPOLL_EVENT)

  constructor(links: readonly Link[]) {
    this.#links = links
    this.#epoll = openEpoll(links.map(({ fd }) => fd))
  }

  /** Hands over each link that has something to read now, or within the time, and says how many there were. */
  each(take: (link: Link) => void, waitMs = 0): number {
    const n = epollWait(this.#epoll, this.#events, MOST, waitMs)
    if (n < 0) {
      // Somebody stopped us for a moment (ptrace, a freezer): nothing is ready yet.
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
