/** The harness's ends of a lab's links, and the loop that moves frames between them. */
import type { Family } from '../../src/flow.ts'
import type { Zone } from '../../src/scenario.ts'
import { addressOf, bytesOf } from '../lab/addresses.ts'
import type { Wiring } from '../lab/topology.ts'
import type { Endpoint } from './frames.ts'
import { Link, SLOT } from './link.ts'
import { emptyReading, type Reading, read } from './reader.ts'
import { Readiness } from './readiness.ts'

export interface WireEnd extends Endpoint {
  readonly zone: string
  readonly link: Link
}

/** What to do with a frame that arrived: `at` is its offset in the link's received data. */
export type OnFrame = (end: WireEnd, at: number, reading: Reading) => void

export class Wire {
  readonly family: Family
  readonly ends: readonly WireEnd[]
  readonly links: readonly Link[]
  /** The ends behind each link; mostly one. */
  readonly #behind: ReadonlyMap<Link, readonly WireEnd[]>
  readonly #reading = emptyReading()
  readonly #readiness: Readiness

  constructor(family: Family, wirings: readonly Wiring[]) {
    this.family = family
    this.#behind = new Map(
      wirings.map(({ link: name, zones, wire, hostMac, firewallMac }) => {
        const link = new Link(zones.length === 1 ? zones[0]!.name : name, wire)
        return [
          link,
          zones.map((zone) => ({
            zone: zone.name,
            link,
            mac: hostMac,
            gatewayMac: firewallMac,
            address: bytesIn(zone, family),
          })),
        ]
      }),
    )
    this.links = [...this.#behind.keys()]
    this.ends = [...this.#behind.values()].flat()
    this.#readiness = new Readiness(this.links)
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
    for (const link of this.links) if (link.queued > 0) link.flush()
    const receive = (link: Link): void => this.#receive(link, onFrame)
    while (this.#readiness.each(receive) > 0) {
      // Answers were sent, and may have been answered.
    }
  }

  #receive(link: Link, onFrame: OnFrame): void {
    const n = link.receive()
    const ends = this.#behind.get(link)!
    for (let i = 0; i < n; i++) this.#hand(ends, i, onFrame)
    if (link.queued > 0) link.flush()
  }

  #hand(ends: readonly WireEnd[], i: number, onFrame: OnFrame): void {
    const { received } = ends[0]!.link
    const at = i * SLOT
    const reading = this.#reading
    read(received.data, at, received.lengths[i]!, this.family, reading)
    if (reading.kind === 'other') return
    const end = ends.length === 1 ? ends[0]! : addressed(ends, received.data, reading)
    onFrame(end, at, reading)
  }

  close(): void {
    this.#readiness.close()
    for (const link of this.links) link.close()
  }
}

function bytesIn(zone: Zone, family: Family): Uint8Array {
  const own = addressOf(zone, family)
  return own ? bytesOf(own.address) : new Uint8Array(family === 4 ? 4 : 16)
}

/** Whom a frame on a shared link is for; the first one where it is for nobody. */
function addressed(ends: readonly WireEnd[], b: Uint8Array, { destinationAt }: Reading): WireEnd {
  const isFor = ({ address }: WireEnd): boolean =>
    address.every((byte, i) => b[destinationAt + i] === byte)
  return ends.find(isFor) ?? ends[0]!
}
