/** A mark in the environment of what a test starts, so that nobody else's processes are counted. */
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'

const NAME = 'NFTPROOF_TEST_MARK'

export class Mark {
  readonly #value = randomUUID()

  /** Every process inherits it from the one that was started with it. */
  get env(): Record<string, string> {
    return { [NAME]: this.#value }
  }

  /** Numbers of the processes that have it, beside this one. */
  processes(): string[] {
    return readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && this.#isOn(pid))
  }

  #isOn(pid: string): boolean {
    if (pid === `${process.pid}`) return false
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`${NAME}=${this.#value}`)
    } catch {
      return false // it has ended meanwhile, or is another user's
    }
  }
}

/** For `expect.poll`: as long as the slowest machine may take. Where all is well nothing waits for it. */
export const PATIENCE = { interval: 20, timeout: 300_000 }
