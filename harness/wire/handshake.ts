/**
 * Whole exchanges, step by step over many ports at once, every step checked at
 * the end where it must arrive:
 *
 *     TCP   SYN → · ← SYN-ACK · ACK → · data → · ← data · FIN → · ← FIN-ACK · ACK →
 *     UDP   request → · ← reply · request → · ← reply
 */
import { compress, type Spans } from '../../src/net/range-map.ts'
import type { HandshakeReport, HandshakeSpec } from '../contract/lab.ts'
import { LossCounters } from './counters.ts'
import { COMPLETED, type Step, TCP_STEPS, UDP_STEPS } from './handshake-steps.ts'
import { type Exchange, Exchanges } from './handshakes.ts'
import type { Bench } from './sweep.ts'

export function handshake(bench: Bench, spec: HandshakeSpec): HandshakeReport {
  const steps = spec.protocol === 'tcp' ? TCP_STEPS : UDP_STEPS
  return perform(bench, new Exchanges(bench, spec), steps)
}

/** Goes through the steps with every exchange that has come so far. */
export function perform(
  bench: Bench,
  exchanges: Exchanges,
  steps: readonly Step[],
): HandshakeReport {
  const counters = new LossCounters(bench.wire.links, bench.firewall, bench.counted, bench.cards)
  steps.forEach((step, index) => {
    const ready = exchanges.all.filter(({ reached }) => reached === index - 1)
    for (const exchange of exchanges.step(ready, () => step)) exchange.reached = index
  })
  return {
    observed: observed(exchanges.all, steps),
    losses: counters.take(() => bench.wire.pump(() => {})),
  }
}

function observed(all: readonly Exchange[], steps: readonly Step[]): Spans<string> {
  const last = steps.length - 1
  const spans = all.map(({ port, reached }) => ({
    from: port,
    to: port,
    value: reached === last ? COMPLETED : steps[reached + 1]!.missing,
  }))
  return compress(spans, (value) => value)
}
