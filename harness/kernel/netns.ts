/**
 * Network namespaces as the calling thread sees them. Work inside a namespace
 * is synchronous and ends where it began: a thread that awaited there would
 * leave other work in the wrong network.
 */
import { closeSync, openSync } from 'node:fs'
import { enterNetwork, enterNewNetwork } from './syscalls.ts'

export class Netns {
  readonly path: string
  readonly #fd: number
  readonly #home: number

  /** `path` names the namespace: `/run/netns/NAME` or `/proc/PID/ns/net`. */
  constructor(path: string) {
    this.path = path
    this.#fd = openSync(path, 'r')
    this.#home = openSync('/proc/thread-self/ns/net', 'r')
  }

  /** Runs `work` in this namespace. Sockets that it opens and processes that it starts stay in it. */
  run<T>(work: () => T): T {
    enterNetwork(this.#fd)
    try {
      const result = work()
      if (result instanceof Promise) throw new Error('work inside a namespace must be synchronous')
      return result
    } finally {
      enterNetwork(this.#home)
    }
  }

  close(): void {
    closeSync(this.#fd)
    closeSync(this.#home)
  }
}

/** Runs `work` in a namespace that is there for it alone. No program is needed to make it, so it takes no time. */
export function inNewNetns<T>(work: () => T): T {
  const home = openSync('/proc/thread-self/ns/net', 'r')
  try {
    enterNewNetwork()
    return work()
  } finally {
    enterNetwork(home)
    closeSync(home)
  }
}
