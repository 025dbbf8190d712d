/**
 * The minimum cost of a sweep: the same frames, sent and received with the same batched calls,
 * without recording and judging. For the benchmark.
 */
import { PortSet } from '../../src/net/port-set.ts'
import type { FloorReport, FloorSpec } from '../contract/lab.ts'
import { bytesOf } from '../kernel/addresses.ts'
import type { WireContext } from './context.ts'
import { writerFor } from './probe.ts'
import type { Reading } from './reader.ts'
import { answer } from './responder.ts'
import { PACES } from './sweep.ts'
import type { WireEnd } from './wire.ts'

export function floor(context: WireContext, spec: FloorSpec): FloorReport {
  const { wire } = context
  context.tracking.flush()
  const sender = wire.end(spec.from)
  const id = context.ids.next()
  const startedAt = performance.now()
  let probes = 0
  const onFrame = (end: WireEnd, at: number, r: Reading): void => {
    if (r.kind !== 'probe') return
    answer(end, { frame: end.link.received.data, at, reading: r }, 'reply')
  }
  ;[spec.numbers, spec.silent].forEach((ranges, attempt) => {
    const write = writerFor(spec.protocol, {
      family: wire.family,
      from: { ...sender, address: bytesOf(spec.source) },
      to: bytesOf(spec.target),
      sourcePort: (number) => id.sourcePort(attempt, number),
      destinationPort: (number) => number,
      sweep: id.sweep,
      attempt,
    })
    for (const number of PortSet.of(...ranges)) {
      const slot = sender.link.slot()
      sender.link.commit(write(sender.link.outgoing.data, slot, number))
      probes++
      if (sender.link.queued >= PACES[attempt]!) wire.pump(onFrame)
    }
    wire.pump(onFrame)
  })
  return { probes, floorMs: performance.now() - startedAt }
}
