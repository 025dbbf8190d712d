/**
 * The kernel's trace of the rules that a probe met (meta nftrace), read from the trace group of
 * nfnetlink. One probe at a time: under load, the group silently loses events.
 */

import { FIREWALL } from '../../src/lab/lab.ts'
import { flagsText } from '../../src/net/packet.ts'
import { protocolName } from '../../src/net/protocol.ts'
import { existingInterface } from '../../src/quote/nft.ts'
import type { TraceReport, TraceSpec } from '../contract/lab.ts'
import { loadRuleset } from '../firewall/nft.ts'
import { addressText, bytesOf } from '../kernel/addresses.ts'
import { close } from '../kernel/syscalls.ts'
import type { WireContext } from '../wire/context.ts'
import { fieldsOf } from '../wire/fields.ts'
import { LocalSender, NO_LINK } from '../wire/local-sender.ts'
import { Opening } from '../wire/opening.ts'
import { type Flow, PROTOCOL_SWEEP_PORT, writerFor } from '../wire/probe.ts'
import { drain, type Listed, listRules, openTrace, packetsOf } from './trace-messages.ts'

const TRACER = 'nftproof_trace'

export function trace(context: WireContext, spec: TraceSpec): TraceReport[] {
  const rules = context.firewall.run(() => listRules())
  const socket = context.firewall.run(() => {
    loadRuleset(tracerFor(context, spec))
    return openTrace()
  })
  try {
    return spec.numbers.map((number) => traceOne(context, spec, { number, socket, rules }))
  } finally {
    close(socket)
    context.firewall.run(() => loadRuleset(`delete table inet ${TRACER}\n`))
  }
}

// Every packet that enters by the sender's link is traced: only probes do. Of the firewall's own
// packets, those to the target.
export function tracerFor(context: WireContext, { from, target }: TraceSpec): string {
  const ip = context.wire.family === 4 ? 'ip' : 'ip6'
  const [hook, match] =
    from === FIREWALL
      ? ['output', `${ip} daddr ${addressText(bytesOf(target))}`]
      : ['prerouting', `iifname ${existingInterface(context.firewallLinks.get(from)!)}`]
  return `table inet ${TRACER} {
  chain tracer {
    type filter hook ${hook} priority -500; policy accept;
    ${match} meta nftrace set 1
  }
}
`
}

interface Tracing {
  readonly number: number
  readonly socket: number
  readonly rules: Listed
}

function traceOne(
  context: WireContext,
  spec: TraceSpec,
  { number, socket, rules }: Tracing,
): TraceReport {
  drain(socket)
  // A source port that was used before would belong to an old flow.
  if (spec.sourcePort !== undefined) context.tracking.flush()
  const id = context.ids.next(spec.sweepIndex)
  const sourcePort = spec.sourcePort ?? id.sourcePort(0, number)
  const numbered = {
    sourcePort: () => sourcePort,
    destinationPort: () => (spec.protocol === 'ip' ? PROTOCOL_SWEEP_PORT : number),
    sweep: id.sweep,
    attempt: 0,
  }
  const opening = spec.inFlow ? openOne(context, spec, number, numbered) : undefined
  drain(socket)
  sendOne(context, spec, number, numbered)
  opening?.close()
  return {
    number,
    probe: describe(context, spec, number, sourcePort),
    // The first packet is the probe.
    steps: packetsOf(drain(socket), rules)[0] ?? [],
  }
}

type Numbered = Pick<Flow, 'sourcePort' | 'destinationPort' | 'sweep' | 'attempt'>

function openOne(
  context: WireContext,
  spec: TraceSpec,
  number: number,
  numbered: Numbered,
): Opening {
  const sweep = { ...spec, numbers: [], answer: 'reply' } as const
  const opening = new Opening(context, sweep, fieldsOf(spec))
  opening.open([number], numbered)
  return opening
}

function sendOne(context: WireContext, spec: TraceSpec, number: number, numbered: Numbered): void {
  const { family } = context.wire
  const to = bytesOf(spec.target)
  const sender =
    spec.from === FIREWALL
      ? context.firewall.run(() => new LocalSender(family, to, spec.mark, context.tracking.sent))
      : context.wire.end(spec.from).link
  const end = spec.from === FIREWALL ? NO_LINK : context.wire.end(spec.from)
  const from = { ...end, address: bytesOf(spec.source) }
  const fields = fieldsOf(spec)
  const write = writerFor(spec.protocol, { family, from, to, fields, ...numbered })
  const slot = sender.slot()
  sender.commit(write(sender.data, slot, number))
  context.wire.pump(() => {})
  if (sender instanceof LocalSender) sender.close()
}

function describe(
  context: WireContext,
  spec: TraceSpec,
  number: number,
  sourcePort: number,
): string {
  const { family } = context.wire
  const name = protocolName(spec.protocol, family)
  const { source, target } = spec
  if (spec.protocol === 'icmp') return `${name} type ${number} ${source} → ${target}`
  if (spec.protocol === 'ip') return `IP protocol ${number} ${source} → ${target}`
  const at = (address: string, port: number): string =>
    family === 4 ? `${address}:${port}` : `[${address}]:${port}`
  const segment = spec.flags === undefined ? 'SYN' : flagsText(spec.flags)
  const kind = spec.protocol === 'tcp' ? `TCP ${segment.toUpperCase()}` : 'UDP'
  return `${kind} ${at(source, sourcePort)} → ${at(target, number)}`
}
