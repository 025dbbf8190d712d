/**
 * The kernel's own account of which rules a probe met (meta nftrace), read from
 * the trace group of nfnetlink. One probe at a time: the group loses events
 * silently under load.
 */
import { spawnSync } from 'node:child_process'
import { protocolName } from '../../src/flow.ts'
import type { TraceStep } from '../../src/result.ts'
import { loadRuleset } from '../firewall/nft.ts'
import { findTool } from '../tools.ts'
import { PROTOCOL_SWEEP_PORT, writerFor } from '../wire/probe.ts'
import type { Bench } from '../wire/sweep.ts'
import { close, MSG_DONTWAIT, openNetlink, receive } from '../wire/syscalls.ts'
import { bytesOf } from './addresses.ts'
import type { TraceReport, TraceSpec } from './contract.ts'

const NETLINK_NETFILTER = 12 // include/uapi/linux/netlink.h
const TRACE_GROUP = 1 << 8 // NFNLGRP_NFTRACE is 9; groups count from 1
const TRACE_MESSAGE = (10 << 8) | 17 // NFNL_SUBSYS_NFTABLES, NFT_MSG_TRACE
const RECEIVE_BUFFER = 4 << 20
const TRACER = 'nftproof_trace'

export function trace(bench: Bench, spec: TraceSpec): TraceReport[] {
  const rules = bench.firewall.run(() => listRules())
  const socket = bench.firewall.run(() => {
    loadRuleset(tracerFor(bench.firewallLinks.get(spec.from)!))
    return openNetlink(NETLINK_NETFILTER, TRACE_GROUP, RECEIVE_BUFFER)
  })
  try {
    return spec.numbers.map((number) => traceOne(bench, spec, { number, socket, rules }))
  } finally {
    close(socket)
    bench.firewall.run(() => loadRuleset(`delete table inet ${TRACER}\n`))
  }
}

// Every packet that enters by the sender's link is marked; nothing but probes does.
function tracerFor(link: string): string {
  return `table inet ${TRACER} {
  chain tracer {
    type filter hook prerouting priority -500; policy accept;
    iifname "${link}" meta nftrace set 1
  }
}
`
}

interface Tracing {
  readonly number: number
  readonly socket: number
  readonly rules: ReadonlyMap<string, string>
}

function traceOne(bench: Bench, spec: TraceSpec, { number, socket, rules }: Tracing): TraceReport {
  drain(socket)
  // From a port that was used before the probe would belong to an old flow.
  if (spec.sourcePort !== undefined) bench.tracking.flush()
  const id = bench.ids.next()
  const sourcePort = spec.sourcePort ?? id.sourcePort(0, number)
  const sender = bench.wire.end(spec.from)
  const write = writerFor(spec.protocol, {
    family: bench.wire.family,
    from: { ...sender, address: bytesOf(spec.source) },
    to: bytesOf(spec.target),
    sourcePort: () => sourcePort,
    destinationPort: () => (spec.protocol === 'ip' ? PROTOCOL_SWEEP_PORT : number),
    sweep: id.sweep,
    attempt: 0,
  })
  const slot = sender.link.slot()
  sender.link.commit(write(sender.link.outgoing.data, slot, number))
  bench.wire.pump(() => {})
  return {
    number,
    probe: describe(bench, spec, number, sourcePort),
    steps: steps(drain(socket), rules),
  }
}

function describe(bench: Bench, spec: TraceSpec, number: number, sourcePort: number): string {
  const { family } = bench.wire
  const name = protocolName(spec.protocol, family)
  const { source, target } = spec
  if (spec.protocol === 'icmp') return `${name} type ${number} ${source} → ${target}`
  if (spec.protocol === 'ip') return `IP protocol ${number} ${source} → ${target}`
  const at = (address: string, port: number): string =>
    family === 4 ? `${address}:${port}` : `[${address}]:${port}`
  const kind = spec.protocol === 'tcp' ? 'TCP SYN' : 'UDP'
  return `${kind} ${at(source, sourcePort)} → ${at(target, number)}`
}

/** Rules by `table handle`, as nft lists them. */
function listRules(): ReadonlyMap<string, string> {
  const listed = spawnSync(findTool('nft'), ['-a', '-s', 'list', 'ruleset'], { encoding: 'utf8' })
  const rules = new Map<string, string>()
  let table = ''
  for (const line of (listed.stdout ?? '').split('\n')) {
    const opened = /^table \S+ (\S+) \{/.exec(line)
    if (opened) table = opened[1]!
    const rule = /^\t\t(.*) # handle (\d+)$/.exec(line)
    if (rule) rules.set(`${table} ${rule[2]}`, rule[1]!)
  }
  return rules
}

function drain(socket: number): Buffer[] {
  const messages: Buffer[] = []
  const into = Buffer.alloc(65536)
  for (;;) {
    const length = receive(socket, into, MSG_DONTWAIT)
    if (length <= 0) return messages
    for (let at = 0; at + 16 <= length; ) {
      const size = into.readUInt32LE(at)
      if (size < 16) break
      messages.push(Buffer.from(into.subarray(at, at + size)))
      at += (size + 3) & ~3
    }
  }
}

// enum nft_trace_attributes, include/uapi/linux/netfilter/nf_tables.h
const TABLE = 1
const CHAIN = 2
const RULE_HANDLE = 3
const TYPE = 4
const VERDICT = 5
const ID = 6
const POLICY = 16
const TYPE_POLICY = 1
const TYPE_RULE = 3

/** The steps of the first packet among the messages, our own table's left out. */
function steps(messages: readonly Buffer[], rules: ReadonlyMap<string, string>): TraceStep[] {
  let first: number | undefined
  const walk: TraceStep[] = []
  for (const message of messages) {
    if (message.readUInt16LE(4) !== TRACE_MESSAGE) continue
    const attributes = readAttributes(message, 20)
    const id = attributes.get(ID)?.readUInt32BE(0)
    first ??= id
    const table = text(attributes.get(TABLE))
    if (id !== first || table === TRACER) continue
    const handle = attributes.get(RULE_HANDLE)?.readBigUInt64BE(0)
    const type = attributes.get(TYPE)?.readUInt32BE(0)
    // Without a handle it is the end of a chain that was jumped to.
    if (type === TYPE_RULE && handle === undefined) continue
    const rule =
      type === TYPE_RULE ? (rules.get(`${table} ${handle}`) ?? `handle ${handle}`) : undefined
    walk.push({
      table,
      chain: text(attributes.get(CHAIN)),
      ...(rule === undefined ? {} : { rule }),
      verdict: verdictOf(attributes, type),
    })
  }
  return walk
}

function verdictOf(attributes: ReadonlyMap<number, Buffer>, type: number | undefined): string {
  if (type === TYPE_POLICY) return `policy ${verdictName(attributes.get(POLICY)?.readInt32BE(0))}`
  const nested = attributes.get(VERDICT)
  if (!nested) return type === TYPE_RULE ? 'continue' : 'return'
  const verdict = readAttributes(nested, 0)
  const chain = verdict.get(2)
  const name = verdictName(verdict.get(1)?.readInt32BE(0))
  return chain ? `${name} ${text(chain)}` : name
}

// NF_* of include/uapi/linux/netfilter.h, NFT_* of nf_tables.h.
const VERDICTS = new Map([
  [0, 'drop'],
  [1, 'accept'],
  [2, 'stolen'],
  [3, 'queue'],
  [-1, 'continue'],
  [-2, 'break'],
  [-3, 'jump'],
  [-4, 'goto'],
  [-5, 'return'],
])

// The upper 16 bits of a drop may carry an error number.
function verdictName(code: number | undefined): string {
  if (code === undefined) return 'unknown'
  return VERDICTS.get(code < 0 ? code : code & 0xff) ?? `verdict ${code}`
}

const text = (b: Buffer | undefined): string => b?.toString('utf8').replace(/\0.*$/s, '') ?? ''

/** struct nlattr: length, type (with flag bits), value; each padded to four bytes. */
function readAttributes(b: Buffer, from: number): Map<number, Buffer> {
  const attributes = new Map<number, Buffer>()
  for (let at = from; at + 4 <= b.length; ) {
    const length = b.readUInt16LE(at)
    if (length < 4) break
    attributes.set(b.readUInt16LE(at + 2) & 0x3fff, b.subarray(at + 4, at + length))
    at += (length + 3) & ~3
  }
  return attributes
}
