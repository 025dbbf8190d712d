/**
 * Network namespaces of the calling thread. Work inside a namespace is synchronous and ends in the
 * original one: a thread that awaits inside would run other work in the wrong network.
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

  /**
   * Runs `work` in this namespace. Sockets that it opens and processes that it starts stay there.
   */
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

/** Runs `work` in a new namespace. This needs no program, so it is fast. */
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
