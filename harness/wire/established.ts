/** Established flows: opened before the firewall changes, then checked for data in both directions. */

import { compress } from '../../src/net/range-map.ts'
import type { Losses } from '../../src/result/result.ts'
import type { HandshakeReport, HandshakeSpec } from '../contract/lab.ts'
import type { WireContext } from './context.ts'
import { LossCounters } from './counters.ts'
import { ACK, PSH } from './frames.ts'
import { perform } from './handshake.ts'
import { type Step, TCP_STEPS, UDP_STEPS } from './handshake-steps.ts'
import { type Handshake, Handshakes } from './handshakes.ts'
import { TRAILER } from './identity.ts'

/** The steps up to the first data in both directions. */
const OPENING = {
  tcp: TCP_STEPS.slice(0, TCP_STEPS.findIndex((step) => step.data === 'reply') + 1),
  udp: UDP_STEPS.slice(0, 2),
}

/** Bytes that each side has transmitted, its SYN included: RFC 9293 §3.4. */
interface Delivered {
  bySender: number
  byTarget: number
}

export class EstablishedFlows {
  readonly #context: WireContext
  readonly #handshakes: Handshakes
  readonly #flows = new Map<Handshake, Delivered>()
  /** The number of flushes of the tracking table before the flows were opened. */
  readonly #emptied: number
  /** Flows that were in the tracking table then: all, unless the ruleset does not use it. */
  readonly #tracked: readonly Handshake[]
  readonly opened: HandshakeReport

  constructor(context: WireContext, spec: HandshakeSpec) {
    this.#context = context
    this.#handshakes = new Handshakes(context, spec)
    this.#emptied = context.tracking.emptied
    const steps = OPENING[spec.protocol]
    this.opened = perform(context, this.#handshakes, steps)
    for (const handshake of this.#handshakes.all)
      if (handshake.reached === steps.length - 1)
        this.#flows.set(handshake, { bySender: 1 + TRAILER, byTarget: 1 + TRAILER })
    this.#tracked = [...this.#flows.keys()].filter((flow) => this.#isTracked(flow))
  }

  /** Data from the sender, then from the target, whether or not the first arrived. */
  check(): HandshakeReport {
    const forgotten = this.#forgotten()
    const counters = new LossCounters(this.#context)
    const all = [...this.#flows.keys()]
    const there = this.#handshakes.step(all, (flow) => this.#step(flow, 'sender'))
    for (const flow of there) this.#flows.get(flow)!.bySender += TRAILER
    const back = this.#handshakes.step(all, (flow) => this.#step(flow, 'target'))
    for (const flow of back) this.#flows.get(flow)!.byTarget += TRAILER
    const spans = all.map((flow) => ({
      from: flow.port,
      to: flow.port,
      value: wordOf(there.has(flow), back.has(flow)),
    }))
    const losses = counters.take(() => this.#context.wire.pump(() => {}))
    return {
      observed: compress(spans, (value) => value),
      losses: { ...losses, ...forgotten },
    }
  }

  /** Data that did not arrive was not received, so the same bytes are sent again. */
  #step(flow: Handshake, by: Step['by']): Step {
    const { bySender, byTarget } = this.#flows.get(flow)!
    const isTcp = this.#handshakes.protocol === 'tcp'
    return {
      missing: '',
      by,
      flags: isTcp ? ACK | PSH : 0,
      sent: by === 'sender' ? bySender : byTarget,
      acknowledged: by === 'sender' ? byTarget : bySender,
      data: by === 'sender' ? 'question' : 'reply',
    }
  }

  // A flow that the kernel has forgotten would look cut. Causes: the table was emptied or full, or
  // nothing was sent for too long.
  #forgotten(): Losses {
    const times = this.#context.tracking.emptied - this.#emptied
    if (times > 0) return { 'connection tracking: flushed by the harness': times }
    const gone = this.#tracked.filter((flow) => !this.#isTracked(flow)).length
    return gone === 0 ? {} : { 'connection tracking: flows forgotten': gone }
  }

  #isTracked(flow: Handshake): boolean {
    return this.#context.tracking.knows(this.#handshakes.flowOf(flow))
  }
}

function wordOf(there: boolean, back: boolean): string {
  if (there) return back ? 'both ways' : 'only towards the target'
  return back ? 'only back' : 'neither way'
}
