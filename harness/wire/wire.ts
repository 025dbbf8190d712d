/** The harness's ends of a lab's links, and the loop that moves frames between them. */

import type { LabZone } from '../../src/lab/lab.ts'
import type { Family } from '../../src/net/protocol.ts'
import { bytesOf, zoneAddressOf } from '../kernel/addresses.ts'
import { Epoll } from './epoll.ts'
import type { FrameEndpoint } from './frames.ts'
import { type FrameSlots, Link, makeSlots } from './link.ts'
import { emptyReading, type Reading, read } from './reader.ts'
import type { Wiring } from './wiring.ts'

export interface WireEnd extends FrameEndpoint {
  readonly zone: string
  readonly link: Link
}

/** Handles a frame that arrived. `at` is its offset in the link's received data. */
export type OnFrame = (end: WireEnd, at: number, reading: Reading) => void

/** Handles frames other than probes and answers, on links with other traffic. */
export type OnOther = (ends: readonly WireEnd[], link: Link, frame: Buffer) => void

/** The time that a frame may take. Undefined if the other end of each link is in this kernel. */
export interface Patience {
  readonly lastMs: number
  /** True while there is more to send. */
  readonly betweenMs: number
}

/** The hosts behind a link: usually one. Several are distinguished by address. */
interface Behind {
  readonly first: WireEnd
  readonly byAddress?: ReadonlyMap<string, WireEnd>
}

export class Wire {
  readonly family: Family
  readonly ends: readonly WireEnd[]
  readonly links: readonly Link[]
  readonly #behind: ReadonlyMap<Link, Behind>
  readonly #reading: Reading
  readonly #epoll: Epoll
  readonly #onOther: OnOther | undefined
  patience: Patience | undefined
  #wasOurs = false

  /** `longest`: bytes of the longest frame that is sent or received. */
  constructor(family: Family, wirings: readonly Wiring[], longest?: number, onOther?: OnOther) {
    this.#onOther = onOther
    this.family = family
    this.#reading = emptyReading(family)
    const received = makeSlots(longest)
    const ends = wirings
      .filter(({ kind }) => kind !== 'none')
      .map((wiring) => endsOf(wiring, family, received))
    this.ends = ends.flat()
    this.#behind = new Map(ends.map((own) => [own[0]!.link, behind(own)]))
    this.links = [...this.#behind.keys()]
    this.#epoll = new Epoll(this.links)
  }

  end(zone: string): WireEnd {
    const end = this.ends.find((e) => e.zone === zone)
    if (!end) throw new Error(`unknown zone ${JSON.stringify(zone)}`)
    return end
  }

  /**
   * Sends all queued frames and handles all incoming ones, answers to answers included, until every
   * link is empty, or has been so for as long as a frame may take. `more` is sent at once.
   */
  pump(onFrame: OnFrame, more = false): void {
    for (const link of this.links) if (link.queued > 0) link.flush()
    const receive = (link: Link): void => this.#receive(link, onFrame)
    if (this.patience) this.#await(receive, this.patience[more ? 'betweenMs' : 'lastMs'])
    while (this.#epoll.each(receive) > 0) {
      // Answers were sent, and may have been answered.
    }
  }

  /** Other traffic may never stop, so only the harness's own frames are awaited. */
  #await(receive: (link: Link) => void, ms: number): void {
    let until = performance.now() + ms
    for (;;) {
      const left = Math.ceil(until - performance.now())
      if (left <= 0) return
      this.#wasOurs = false
      this.#epoll.each(receive, left)
      if (this.#wasOurs) until = performance.now() + ms
    }
  }

  /**
   * Sends all queued frames, and handles every frame that arrives within the time, until
   * `isEnough`.
   */
  listen(ms: number, isEnough: (frame: Buffer) => boolean): void {
    for (const link of this.links) if (link.queued > 0) link.flush()
    const until = performance.now() + ms
    let done = false
    const look = (link: Link): void => {
      const n = link.receive()
      for (let i = 0; i < n; i++) {
        const frame = frameAt(link, i)
        done ||= isEnough(frame)
        this.#onOther?.(this.ends, link, frame)
      }
      if (link.queued > 0) link.flush()
    }
    while (!done && performance.now() < until)
      this.#epoll.each(look, Math.ceil(until - performance.now()))
  }

  #receive(link: Link, onFrame: OnFrame): void {
    const n = link.receive()
    const behind = this.#behind.get(link)!
    for (let i = 0; i < n; i++) this.#hand(link, behind, i, onFrame)
    if (link.queued > 0) link.flush()
  }

  #hand(link: Link, behind: Behind, i: number, onFrame: OnFrame): void {
    const { received } = link
    const at = i * received.size
    const reading = this.#reading
    read(received.data, at, received.lengths[i]!, reading)
    if (reading.kind === 'other') {
      this.#onOther?.(this.ends, link, frameAt(link, i))
      return
    }
    this.#wasOurs = true
    onFrame(this.#addressee(behind, received.data, reading), at, reading)
  }

  /** The first end also receives frames for unknown addresses. */
  #addressee({ first, byAddress }: Behind, data: Buffer, { destinationAt }: Reading): WireEnd {
    if (!byAddress) return first
    const size = first.address.length
    return byAddress.get(data.toString('latin1', destinationAt, destinationAt + size)) ?? first
  }

  close(): void {
    this.#epoll.close()
    for (const link of this.links) link.close()
  }
}

function frameAt({ received }: Link, i: number): Buffer {
  const at = i * received.size
  return received.data.subarray(at, at + Math.min(received.size, received.lengths[i]!))
}

function endsOf(wiring: Wiring, family: Family, received: FrameSlots): WireEnd[] {
  const { link: name, zones, wire, hostMac: mac, firewallMac: gatewayMac } = wiring
  // A loss on a shared link concerns all of its zones.
  const link = new Link(zones.length === 1 ? zones[0]!.name : name, wire, received)
  return zones.map((zone) => {
    const address = bytesIn(zone, family)
    return { zone: zone.name, link, mac, gatewayMac, address }
  })
}

function behind(ends: readonly WireEnd[]): Behind {
  const first = ends[0]!
  if (ends.length === 1) return { first }
  return { first, byAddress: new Map(ends.map((end) => [addressKey(end.address), end])) }
}

/** Bytes as a string of the same length, for fast look-up. */
const addressKey = (address: Uint8Array): string => Buffer.from(address).toString('latin1')

function bytesIn(zone: LabZone, family: Family): Uint8Array {
  const own = zoneAddressOf(zone, family)
  return own ? bytesOf(own.address) : new Uint8Array(family === 4 ? 4 : 16)
}
