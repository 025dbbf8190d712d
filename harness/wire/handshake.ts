/**
 * Handshakes, step by step over many ports at once. Every step is checked at the end where it must
 * arrive:
 *
 *     TCP   SYN → · ← SYN-ACK · ACK → · data → · ← data · FIN → · ← FIN-ACK · ACK →
 *     UDP   request → · ← reply · request → · ← reply
 */
import { compress, type RangeMap } from '../../src/net/range-map.ts'
import type { HandshakeReport, HandshakeSpec } from '../contract/lab.ts'
import type { WireContext } from './context.ts'
import { LossCounters } from './counters.ts'
import { COMPLETED, type Step, TCP_STEPS, UDP_STEPS } from './handshake-steps.ts'
import { type Handshake, Handshakes } from './handshakes.ts'

export function handshake(context: WireContext, spec: HandshakeSpec): HandshakeReport {
  const steps = spec.protocol === 'tcp' ? TCP_STEPS : UDP_STEPS
  return perform(context, new Handshakes(context, spec), steps)
}

/** Executes the steps with every handshake that is still complete. */
export function perform(
  context: WireContext,
  handshakes: Handshakes,
  steps: readonly Step[],
): HandshakeReport {
  const counters = new LossCounters(context)
  steps.forEach((step, index) => {
    const ready = handshakes.all.filter(({ reached }) => reached === index - 1)
    for (const handshake of handshakes.step(ready, () => step)) handshake.reached = index
  })
  return {
    observed: observed(handshakes.all, steps),
    losses: counters.take(() => context.wire.pump(() => {})),
  }
}

function observed(all: readonly Handshake[], steps: readonly Step[]): RangeMap<string> {
  const last = steps.length - 1
  const spans = all.map(({ port, reached }) => ({
    from: port,
    to: port,
    value: reached === last ? COMPLETED : steps[reached + 1]!.missing,
  }))
  return compress(spans, (value) => value)
}
