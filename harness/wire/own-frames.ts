/** Which frames belong to a sweep, and what they are: a real kernel answers in other forms than the harness. */

import { fieldsOf } from './fields.ts'
import { FIN, ICMP_OF, IP_TCP, SYN } from './frames.ts'
import { probedNumberOf, readIdentity, sweepIdOf } from './identity.ts'
import { dataOf, ICMP_REPLIES, icmpTypeOf } from './probe.ts'
import type { ProbedPath } from './probed-path.ts'
import type { Reading } from './reader.ts'

export class OwnFrames {
  readonly #path: ProbedPath
  /**
   * What a reset acknowledges of each probe besides one: its data, and one each for SYN and FIN.
   */
  readonly #data: number

  constructor(path: ProbedPath) {
    this.#path = path
    const { spec, family } = path
    this.#data =
      spec.protocol === 'tcp'
        ? dataOf(family, fieldsOf(spec)) + controlsIn(spec.flags ?? SYN) - 1
        : 0
  }

  /** Adapts answers of a real kernel to the form of the harness's own. */
  has(data: Buffer, r: Reading): boolean {
    const { spec, sweep } = this.#path
    const isKnown = spec.flags !== undefined && this.#readFlagged(data, r)
    if (r.kind === 'segment') return false
    // A reset acknowledges the data of a probe too.
    if (r.kind === 'reset' && !isKnown) r.identity = (r.identity - this.#data) >>> 0
    if (sweepIdOf(r.identity) !== sweep) return false
    // What opened the flow comes late.
    if (spec.inFlow && !isKnown && r.protocol === IP_TCP && r.kind === 'probe') return false
    if (r.kind === 'probe' && this.#isEchoed(data, r)) r.kind = 'reply'
    return true
  }

  /**
   * Probes other than SYN look like any segment, a reset, or an answer to a SYN. Their sequence
   * number identifies them.
   */
  #readFlagged(data: Buffer, r: Reading): boolean {
    if (r.protocol !== IP_TCP || !['segment', 'reset', 'reply'].includes(r.kind)) return false
    const sequence = readIdentity(data, r.l4 + 4)
    if (sweepIdOf(sequence) !== this.#path.sweep) return false
    const isProbe = r.destinationPort === this.#path.destinationPort(probedNumberOf(sequence))
    // The answer to an acknowledgement has the acknowledged number.
    if (!isProbe && r.kind !== 'reset') return false
    if (isProbe) r.kind = 'probe'
    r.identity = sequence
    return true
  }

  /** A kernel returns the data of an echo unchanged, including the mark of a question. */
  #isEchoed(data: Buffer, { protocol, l4, identity }: Reading): boolean {
    const { family, spec } = this.#path
    if (protocol !== ICMP_OF[family]) return false
    const sent = icmpTypeOf(spec.protocol, family, probedNumberOf(identity))
    return data[l4] !== sent && data[l4] === ICMP_REPLIES[family].get(sent)
  }
}

/** The sequence numbers that a segment's SYN and FIN take (RFC 9293 §3.4). */
const controlsIn = (flags: number): number => (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0)
