/** The harness's ends of a lab's links, and the loop that moves frames between them. */
import type { Family } from '../../src/flow.ts'
import { addressOf, bytesOf } from '../lab/addresses.ts'
import type { Wiring } from '../lab/topology.ts'
import type { Endpoint } from './frames.ts'
import { Link, SLOT } from './link.ts'
import { emptyReading, type Reading, read } from './reader.ts'

export interface WireEnd extends Endpoint {
  readonly zone: string
  readonly link: Link
}

/** What to do with a frame that arrived: `at` is its offset in the link's received data. */
export type OnFrame = (end: WireEnd, at: number, reading: Reading) => void

export class Wire {
  readonly family: Family
  readonly ends: readonly WireEnd[]
  readonly #reading = emptyReading()

  constructor(family: Family, wirings: readonly Wiring[]) {
    this.family = family
    this.ends = wirings.map(({ zone, wire, hostMac, firewallMac }) => {
      const own = addressOf(zone, family)
      return {
        zone: zone.name,
        link: new Link(zone.name, wire),
        mac: hostMac,
        gatewayMac: firewallMac,
        address: own ? bytesOf(own.address) : new Uint8Array(family === 4 ? 4 : 16),
      }
    })
  }

  get links(): readonly Link[] {
    return this.ends.map((end) => end.link)
  }

  end(zone: string): WireEnd {
    const end = this.ends.find((e) => e.zone === zone)
    if (!end) throw new Error(`the lab has no zone ${JSON.stringify(zone)}`)
    return end
  }

  /**
   * Sends all that is queued and hands over all that comes in, answers to
   * answers included, until every link is empty.
   */
  pump(onFrame: OnFrame): void {
    for (const { link } of this.ends) if (link.queued > 0) link.flush()
    let busy = true
    while (busy) {
      busy = false
      for (const end of this.ends) {
        const n = end.link.receive()
        if (n === 0) continue
        busy = true
        for (let i = 0; i < n; i++) {
          const at = i * SLOT
          read(
            end.link.received.data,
            at,
            end.link.received.lengths[i]!,
            this.family,
            this.#reading,
          )
          if (this.#reading.kind !== 'other') onFrame(end, at, this.#reading)
        }
        if (end.link.queued > 0) end.link.flush()
      }
    }
  }

  close(): void {
    for (const { link } of this.ends) link.close()
  }
}
