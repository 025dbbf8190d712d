/** What every frame of one sweep has in common: who sends to whom, and by which ports. */
import { FIREWALL } from '../../src/lab/lab.ts'
import type { Family } from '../../src/net/protocol.ts'
import type { SweepSpec } from '../contract/lab.ts'
import { addressText, bytesOf } from '../kernel/addresses.ts'
import type { WireContext } from './context.ts'
import { type FrameEndpoint, IP_TCP, IP_UDP } from './frames.ts'
import type { SweepId } from './identity.ts'
import { NO_LINK } from './local-sender.ts'
import type { Numbered } from './opening.ts'
import { PROTOCOL_SWEEP_PORT } from './probe.ts'
import type { Reading } from './reader.ts'
import type { WireEnd } from './wire.ts'

export class ProbedPath {
  readonly spec: SweepSpec
  readonly family: Family
  /** Undefined if the firewall itself is the sender or the target. */
  readonly from: WireEnd | undefined
  readonly to: WireEnd | undefined
  readonly source: FrameEndpoint
  readonly target: Uint8Array
  /** The source is not the sender's own address. */
  readonly isSpoofed: boolean
  readonly #id: SweepId

  constructor({ wire, ids }: WireContext, spec: SweepSpec) {
    this.spec = spec
    this.family = wire.family
    this.#id = ids.next(spec.sweepIndex)
    this.from = spec.from === FIREWALL ? undefined : wire.end(spec.from)
    this.to = spec.to === FIREWALL ? undefined : wire.end(spec.to)
    this.source = { ...(this.from ?? NO_LINK), address: bytesOf(spec.source) }
    this.target = bytesOf(spec.target)
    this.isSpoofed = this.from !== undefined && spec.source !== addressText(this.from.address)
  }

  /** The number of the sweep, which every probe carries. */
  get sweep(): number {
    return this.#id.sweep
  }

  sourcePort(attempt: number, number: number): number {
    const { pairs, sourcePort } = this.spec
    if (pairs) return pairs.sources[number]!
    return sourcePort ?? this.#id.sourcePort(attempt, number)
  }

  destinationPort(number: number): number {
    if (this.spec.protocol === 'ip') return PROTOCOL_SWEEP_PORT
    const { pairs } = this.spec
    return pairs ? pairs.destinations[number]! : number
  }

  /** The port that a frame of this number was sent to. Undefined for a protocol without ports. */
  portOf(number: number, { protocol }: Reading): number | undefined {
    if (protocol !== IP_TCP && protocol !== IP_UDP) return undefined
    return this.destinationPort(number)
  }

  numbered(attempt: number): Numbered {
    return {
      sourcePort: (number) => this.sourcePort(attempt, number),
      destinationPort: (number) => this.destinationPort(number),
      sweep: this.sweep,
      attempt,
    }
  }
}
