/**
 * The kernel's own account of which rules a probe met (meta nftrace), read from
 * the trace group of nfnetlink. One probe at a time: the group loses events
 * silently under load.
 */

import { FIREWALL } from '../../src/lab/lab.ts'
import { flagsText } from '../../src/net/packet.ts'
import { protocolName } from '../../src/net/protocol.ts'
import { existingInterface } from '../../src/quote/nft.ts'
import type { TraceReport, TraceSpec } from '../contract/lab.ts'
import { loadRuleset } from '../firewall/nft.ts'
import { addressText, bytesOf } from '../kernel/addresses.ts'
import { close } from '../kernel/syscalls.ts'
import { LocalSender } from '../wire/local-sender.ts'
import { type Flow, PROTOCOL_SWEEP_PORT, writerFor } from '../wire/probe.ts'
import { type Bench, fieldsOf, NO_LINK } from '../wire/sweep.ts'
import { drain, type Listed, listRules, openTrace, packetsOf } from './trace-messages.ts'

const TRACER = 'nftproof_trace'

export function trace(bench: Bench, spec: TraceSpec): TraceReport[] {
  const rules = bench.firewall.run(() => listRules())
  const socket = bench.firewall.run(() => {
    loadRuleset(tracerFor(bench, spec))
    return openTrace()
  })
  try {
    return spec.numbers.map((number) => traceOne(bench, spec, { number, socket, rules }))
  } finally {
    close(socket)
    bench.firewall.run(() => loadRuleset(`delete table inet ${TRACER}\n`))
  }
}

// Every packet that enters by the sender's link is marked; nothing but probes
// does. Of what the firewall itself sends, what goes to the target.
export function tracerFor(bench: Bench, { from, target }: TraceSpec): string {
  const ip = bench.wire.family === 4 ? 'ip' : 'ip6'
  const [hook, match] =
    from === FIREWALL
      ? ['output', `${ip} daddr ${addressText(bytesOf(target))}`]
      : ['prerouting', `iifname ${existingInterface(bench.firewallLinks.get(from)!)}`]
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

function traceOne(bench: Bench, spec: TraceSpec, { number, socket, rules }: Tracing): TraceReport {
  drain(socket)
  // From a port that was used before the probe would belong to an old flow.
  if (spec.sourcePort !== undefined) bench.tracking.flush()
  const id = bench.ids.next(spec.place)
  const sourcePort = spec.sourcePort ?? id.sourcePort(0, number)
  sendOne(bench, spec, number, {
    sourcePort: () => sourcePort,
    destinationPort: () => (spec.protocol === 'ip' ? PROTOCOL_SWEEP_PORT : number),
    sweep: id.sweep,
  })
  return {
    number,
    probe: describe(bench, spec, number, sourcePort),
    // The first packet is the probe.
    steps: packetsOf(drain(socket), rules)[0] ?? [],
  }
}

type Numbered = Pick<Flow, 'sourcePort' | 'destinationPort' | 'sweep'>

function sendOne(bench: Bench, spec: TraceSpec, number: number, numbered: Numbered): void {
  const { family } = bench.wire
  const to = bytesOf(spec.target)
  const sender =
    spec.from === FIREWALL
      ? bench.firewall.run(() => new LocalSender(family, to, spec.mark, bench.tracking.sent))
      : bench.wire.end(spec.from).link
  const end = spec.from === FIREWALL ? NO_LINK : bench.wire.end(spec.from)
  const from = { ...end, address: bytesOf(spec.source) }
  const fields = fieldsOf(spec)
  const write = writerFor(spec.protocol, { family, from, to, attempt: 0, fields, ...numbered })
  const slot = sender.slot()
  sender.commit(write(sender.data, slot, number))
  bench.wire.pump(() => {})
  if (sender instanceof LocalSender) sender.close()
}

function describe(bench: Bench, spec: TraceSpec, number: number, sourcePort: number): string {
  const { family } = bench.wire
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
