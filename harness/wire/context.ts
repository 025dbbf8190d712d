/** What sweeps, handshakes and traces of one lab have in common. */
import type { FaultInjection } from '../contract/lab.ts'
import type { Tracking } from '../kernel/conntrack.ts'
import type { Netns } from '../kernel/netns.ts'
import type { CounterFiles } from './counter-files.ts'
import type { SweepIds } from './identity.ts'
import type { Wire } from './wire.ts'
import type { Witness } from './witness.ts'

export interface WireContext {
  readonly wire: Wire
  readonly firewall: Netns
  readonly tracking: Tracking
  readonly counters: CounterFiles
  /** The firewall's interfaces by zone. */
  readonly firewallLinks: ReadonlyMap<string, string>
  /** The firewall's interfaces whose losses may concern this lab. Absent: all. */
  readonly counted?: ReadonlySet<string>
  /** The namespace of the wire's interfaces, if the firewall is another machine. */
  readonly nicNetns?: Netns
  readonly ids: SweepIds
  /** Probed paths, and paths with probed pairs of ports. */
  readonly probed: Set<string>
  readonly paired: Set<string>
  readonly faults: FaultInjection
  readonly witness: Lazy<Witness>
  /**
   * Whether every sweep reads the witness, or only those with packets to or from the firewall
   * itself.
   */
  readonly watchesFirewall: boolean
}

/** Created on first use. */
export class Lazy<T> {
  readonly #make: () => T
  made: T | undefined

  constructor(make: () => T) {
    this.#make = make
  }

  get(): T {
    this.made ??= this.#make()
    return this.made
  }
}
