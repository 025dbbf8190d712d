/** Which links have frames to be read: one question for all of them, however many there are (epoll(7)). */
import type { Link } from './link.ts'
import { close, EPOLL_DATA, EPOLL_EVENT, epollWait, openEpoll, SyscallError } from './syscalls.ts'

/** Links told of at once. Those left out are told of the next time (epoll_wait goes round). */
const MOST = 64

export class Readiness {
  readonly #links: readonly Link[]
  readonly #epoll: number
  readonly #events = Buffer.alloc(MOST * EPOLL_EVENT)

  constructor(links: readonly Link[]) {
    this.#links = links
    this.#epoll = openEpoll(links.map(({ fd }) => fd))
  }

  /** Hands over each link that has something to read now, and says how many there were. */
  each(take: (link: Link) => void): number {
    const n = epollWait(this.#epoll, this.#events, MOST, 0)
    if (n < 0) throw new SyscallError('epoll_wait')
    for (let i = 0; i < n; i++)
      take(this.#links[this.#events.readUInt32LE(i * EPOLL_EVENT + EPOLL_DATA)]!)
    return n
  }

  close(): void {
    close(this.#epoll)
  }
}
