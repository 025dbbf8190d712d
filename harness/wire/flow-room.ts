/** Room in the connection tracking table: every probe may take an entry, and a full table drops packets. */
import type { Losses } from '../../src/result/result.ts'
import type { SweepSpec } from '../contract/lab.ts'
import type { WireContext } from './context.ts'
import { FIRST_EPHEMERAL } from './identity.ts'
import { BATCH } from './link.ts'

/** The share of the tracking table's free space that is used before it is emptied. */
const USABLE = 0.8

type Context = Pick<WireContext, 'tracking' | 'faults' | 'probed' | 'paired'>

export class FlowRoom {
  readonly #context: Context
  readonly #spec: SweepSpec

  constructor(context: Context, spec: SweepSpec) {
    this.#context = context
    this.#spec = spec
  }

  /** Empties the tracking table if the flows may not fit, or if they may already exist. */
  makeSure(flows: number): void {
    if (this.#isFilled) return
    if (this.#mayRecur() || this.left() < flows) this.#context.tracking.flush()
  }

  /** New flows that the tracking table accepts before it must be emptied. */
  left(): number {
    const room = this.#context.tracking.room()
    return room ? Math.floor((room.max - room.count) * USABLE) : Number.POSITIVE_INFINITY
  }

  /** Empties it. Returns the flows that it then accepts. */
  make(): number {
    if (this.#isFilled) return Number.POSITIVE_INFINITY
    this.#context.tracking.flush()
    return Math.max(this.left(), BATCH)
  }

  /** A table that is full when the attempt ends may have been full during it. */
  fullness(): Losses {
    const room = this.#context.tracking.room()
    return room && room.count >= room.max ? { 'connection tracking: full': 1 } : {}
  }

  /** By a fault that a test injects. */
  get #isFilled(): boolean {
    return this.#context.faults.fillTracking === 'kept'
  }

  /** True if probes could belong to flows of an earlier sweep. */
  #mayRecur(): boolean {
    const { pairs, sourcePort, protocol, source, target } = this.#spec
    const { probed, paired } = this.#context
    const path = `${protocol} ${source} ${target}`
    probed.add(path)
    // Behind one translated address, two senders share one flow of such a protocol: the second one
    // would find it in use.
    if (protocol === 'ip' && probed.size > 1) return true
    // A probe may look like the reply to a probe of the opposite direction.
    if (probed.has(`${protocol} ${target} ${source}`) || sourcePort !== undefined) return true
    if (!pairs) return false
    const before = paired.has(path)
    paired.add(path)
    return before || pairs.sources.some((port) => port >= FIRST_EPHEMERAL)
  }
}
