/**
 * Measures the families of a comparison. A family that cannot be measured does not stop the other.
 */
import type { Family } from '../../src/net/protocol.ts'
import type { NotMeasured } from '../../src/result/result.ts'
import { notMeasured } from './not-measured.ts'

export class Failures {
  readonly all: NotMeasured[] = []
  readonly #signal: AbortSignal | undefined
  #first: unknown

  constructor(signal?: AbortSignal) {
    this.#signal = signal
  }

  /** Undefined if the work fails. An interruption is not a failure. */
  async caught<T>(family: Family, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      if (this.#signal?.aborted) return undefined
      this.#first ??= error
      this.all.push(notMeasured(error, family))
      return undefined
    }
  }

  /** Throws the first failure if nothing is left to compare. */
  mustLeave(ready: number): void {
    if (ready === 0 && this.all.length > 0) throw this.#first
  }
}
