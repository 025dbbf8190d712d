/**
 * The packets of handshakes: written for either side, and recognised at the end where they must
 * arrive.
 */
import { PortSet } from '../../src/net/port-set.ts'
import type { HandshakeSpec } from '../contract/lab.ts'
import { bytesOf } from '../kernel/addresses.ts'
import type { TrackedFlow } from '../kernel/ctnetlink.ts'
import type { WireContext } from './context.ts'
import { ACK, type FrameEndpoint, IP_TCP, IP_UDP, writeChecksum, writeHeaders } from './frames.ts'
import type { Step } from './handshake-steps.ts'
import {
  identityOf,
  probedNumberOf,
  QUESTION,
  REPLY,
  readIdentity,
  type SweepId,
  sweepIdOf,
  TRAILER,
  trailerKind,
  writeTrailer,
} from './identity.ts'
import type { Reading } from './reader.ts'
import type { WireEnd } from './wire.ts'

/** A handshake in progress. The target answers to the source of the packet that it saw. */
export interface Handshake {
  readonly port: number
  /** Sender and target as the target saw them. Known after the first step. */
  seen?: {
    readonly from: Buffer
    readonly to: Buffer
    readonly fromPort: number
    readonly toPort: number
    readonly end: WireEnd
  }
  /** The last step that arrived; -1 before the first. */
  reached: number
}

const TARGET_ISS = 0x20000000
const INITIAL_ATTEMPT = 7 // an attempt number that no sweep uses
const FRAMES_BETWEEN_DRAINS = 128

/** One handshake for each port of a path. */
export class Handshakes {
  readonly all: readonly Handshake[]
  readonly protocol: 'tcp' | 'udp'
  readonly #context: WireContext
  readonly #sender: WireEnd
  readonly #source: FrameEndpoint
  readonly #target: Buffer
  readonly #id: SweepId
  readonly #byPort: ReadonlyMap<number, Handshake>

  constructor(context: WireContext, spec: HandshakeSpec) {
    this.#context = context
    this.protocol = spec.protocol
    this.#id = context.ids.next(spec.sweepIndex)
    this.#sender = context.wire.end(spec.from)
    this.#source = { ...this.#sender, address: bytesOf(spec.source) }
    this.#target = bytesOf(spec.target)
    this.all = [...PortSet.of(...spec.numbers)].map((port) => ({ port, reached: -1 }))
    this.#byPort = new Map(this.all.map((handshake) => [handshake.port, handshake]))
  }

  /** The flow in the form of connection tracking. */
  flowOf({ port }: Handshake): TrackedFlow {
    return {
      family: this.#context.wire.family,
      protocol: this.protocol === 'tcp' ? IP_TCP : IP_UDP,
      from: this.#source.address,
      to: this.#target,
      fromPort: this.#id.sourcePort(INITIAL_ATTEMPT, port),
      toPort: port,
    }
  }

  /**
   * Sends a step of each of these handshakes, and returns the handshakes whose step arrived. The
   * step may differ between handshakes.
   */
  step(handshakes: readonly Handshake[], stepOf: (handshake: Handshake) => Step): Set<Handshake> {
    const sent = new Map(handshakes.map((handshake) => [handshake, stepOf(handshake)]))
    const [some] = sent.values()
    const arrived = new Set<Handshake>()
    if (!some) return arrived
    const onFrame = (end: WireEnd, _at: number, r: Reading): void => {
      const handshake = this.#arrival(end, r, some, sent)
      if (handshake) arrived.add(handshake)
    }
    let queued = 0
    for (const [handshake, step] of sent) {
      this.#send(step, handshake)
      if (++queued % FRAMES_BETWEEN_DRAINS === 0) this.#context.wire.pump(onFrame, true)
    }
    this.#context.wire.pump(onFrame)
    return arrived
  }

  /** `like` is any of the sent steps: they differ in their numbers only. */
  #arrival(
    end: WireEnd,
    r: Reading,
    like: Step,
    sent: ReadonlyMap<Handshake, Step>,
  ): Handshake | undefined {
    // An error about a sent packet is not that packet, although it quotes it.
    if (r.kind === 'icmp' || r.kind === 'reset') return undefined
    const b = end.link.received.data
    const handshake = this.#owner(b, r, like)
    const step = handshake && sent.get(handshake)
    if (!step || !this.#isStep(b, r, step, handshake)) return undefined
    if (step.by === 'target' && end !== this.#sender) return undefined
    handshake.seen ??= this.#seenAt(end, b, r)
    return handshake
  }

  #send(step: Step, handshake: Handshake): void {
    const { family } = this.#context.wire
    const bySender = step.by === 'sender'
    const { seen } = handshake
    const end = bySender ? this.#sender : seen!.end
    const from: FrameEndpoint = bySender ? this.#source : { ...end, address: seen!.to }
    const at = end.link.slot()
    const b = end.link.outgoing.data
    const protocol = this.protocol === 'tcp' ? IP_TCP : IP_UDP
    const header = protocol === IP_TCP ? 20 : 8
    const length = header + (step.data === 'none' ? 0 : TRAILER)
    const l4 = writeHeaders(b, at, {
      family,
      from,
      to: bySender ? this.#target : seen!.from,
      protocol,
      length,
    })
    b.fill(0, l4, l4 + length)
    b.writeUInt16BE(
      bySender ? this.#id.sourcePort(INITIAL_ATTEMPT, handshake.port) : seen!.toPort,
      l4,
    )
    b.writeUInt16BE(bySender ? handshake.port : seen!.fromPort, l4 + 2)
    if (protocol === IP_TCP) this.#writeTcp(b, l4, step, handshake)
    else b.writeUInt16BE(length, l4 + 4)
    if (step.data !== 'none')
      writeTrailer(
        b,
        l4 + header,
        step.data === 'question' ? QUESTION : REPLY,
        this.#identity(handshake),
      )
    writeChecksum(b, at, { family, protocol, length })
    end.link.commit(l4 + length - at)
  }

  #writeTcp(b: Buffer, l4: number, step: Step, handshake: Handshake): void {
    const { sequence, acknowledgement } = this.#numbers(step, handshake)
    b.writeUInt32BE(sequence, l4 + 4)
    b.writeUInt32BE(acknowledgement, l4 + 8)
    b[l4 + 12] = 5 << 4
    b[l4 + 13] = step.flags
    b.writeUInt16BE(64240, l4 + 14)
  }

  #numbers(step: Step, handshake: Handshake): { sequence: number; acknowledgement: number } {
    const identity = this.#identity(handshake)
    const own = step.by === 'sender' ? identity : TARGET_ISS
    const other = step.by === 'sender' ? TARGET_ISS : identity
    const acknowledges = (step.flags & ACK) !== 0
    return {
      sequence: (own + step.sent) >>> 0,
      acknowledgement: acknowledges ? (other + step.acknowledged) >>> 0 : 0,
    }
  }

  #identity({ port }: Handshake): number {
    return identityOf(this.#id.sweep, INITIAL_ATTEMPT, port)
  }

  #seenAt(end: WireEnd, b: Buffer, r: Reading): NonNullable<Handshake['seen']> {
    const size = this.#target.length
    return {
      end,
      from: Buffer.from(b.subarray(r.sourceAt, r.sourceAt + size)),
      to: Buffer.from(b.subarray(r.destinationAt, r.destinationAt + size)),
      fromPort: r.sourcePort,
      toPort: r.destinationPort,
    }
  }

  /** Data ends with an identity. Other TCP packets are recognised by their sequence numbers. */
  #owner(b: Buffer, r: Reading, step: Step): Handshake | undefined {
    const isTcp = this.protocol === 'tcp'
    if (isTcp !== (r.protocol === IP_TCP)) return undefined
    if (step.data !== 'none') {
      const at = r.l4 + r.l4Length - TRAILER
      return at < r.l4 ? undefined : this.#ofIdentity(readIdentity(b, at + 4))
    }
    const field = step.by === 'sender' ? r.l4 + 4 : r.l4 + 8
    const offset = step.by === 'sender' ? step.sent : step.acknowledged
    return this.#ofIdentity((readIdentity(b, field) - offset) >>> 0)
  }

  #ofIdentity(identity: number): Handshake | undefined {
    return sweepIdOf(identity) === this.#id.sweep
      ? this.#byPort.get(probedNumberOf(identity))
      : undefined
  }

  #isStep(b: Buffer, r: Reading, step: Step, handshake: Handshake): boolean {
    const header = this.protocol === 'tcp' ? 20 : 8
    if (step.data !== 'none') {
      const kind = step.data === 'question' ? QUESTION : REPLY
      if (r.l4Length < header + TRAILER || trailerKind(b, r.l4 + r.l4Length - TRAILER) !== kind)
        return false
    }
    if (this.protocol === 'udp') return r.protocol === IP_UDP
    const { sequence, acknowledgement } = this.#numbers(step, handshake)
    return (
      b[r.l4 + 13] === step.flags &&
      readIdentity(b, r.l4 + 4) === sequence &&
      readIdentity(b, r.l4 + 8) === acknowledgement
    )
  }
}
