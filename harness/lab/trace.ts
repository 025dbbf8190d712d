/**
 * The kernel's own account of which rules a probe met (meta nftrace), read from
 * the trace group of nfnetlink. One probe at a time: the group loses events
 * silently under load.
 */
import { readListing } from '../../src/firewall/listing.ts'
import { protocolName } from '../../src/flow.ts'
import { FIREWALL } from '../../src/lab/lab.ts'
import { flagsText } from '../../src/packet.ts'
import type { TraceStep } from '../../src/result.ts'
import { OWN_TABLES } from '../firewall/inspect.ts'
import { loadRuleset } from '../firewall/nft.ts'
import { runProgramSync } from '../system/run-program-sync.ts'
import { findTool } from '../tools.ts'
import { LocalSender } from '../wire/local.ts'
import { type Flow, PROTOCOL_SWEEP_PORT, writerFor } from '../wire/probe.ts'
import { type Bench, fieldsOf, NO_LINK } from '../wire/sweep.ts'
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
    loadRuleset(tracerFor(bench, spec))
    return openNetlink(NETLINK_NETFILTER, TRACE_GROUP, RECEIVE_BUFFER)
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
function tracerFor(bench: Bench, { from, target }: TraceSpec): string {
  const ip = bench.wire.family === 4 ? 'ip' : 'ip6'
  const [hook, match] =
    from === FIREWALL
      ? ['output', `${ip} daddr ${target}`]
      : ['prerouting', `iifname "${bench.firewallLinks.get(from)}"`]
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
    steps: steps(drain(socket), rules),
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

/** Rules by family, table and handle, and the hooks of base chains by family, table and name. */
interface Listed {
  readonly rules: ReadonlyMap<string, string>
  readonly hooks: ReadonlyMap<string, string>
}

function listRules(): Listed {
  const { stdout } = runProgramSync(findTool('nft'), ['-a', '-s', 'list', 'ruleset'])
  const { rules, hooks } = readListing(stdout)
  return { rules: new Map(rules.map((r) => [`${r.table} ${r.handle}`, r.text])), hooks }
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

/** The steps of the first packet among the messages, our own tables left out. */
function steps(messages: readonly Buffer[], listing: Listed): TraceStep[] {
  let first: number | undefined
  let hook: string | undefined
  const walk: TraceStep[] = []
  for (const message of messages) {
    if (message.readUInt16LE(4) !== TRACE_MESSAGE) continue
    const attributes = readAttributes(message, 20)
    const id = attributes.get(ID)?.readUInt32BE(0)
    first ??= id
    const table = text(attributes.get(TABLE))
    if (id !== first || table.startsWith(OWN_TABLES)) continue
    const family = TABLE_FAMILIES.get(message[16]!) ?? `family ${message[16]}`
    const chain = text(attributes.get(CHAIN))
    hook = listing.hooks.get(`${family} ${table} ${chain}`) ?? hook
    const handle = attributes.get(RULE_HANDLE)?.readBigUInt64BE(0)
    const type = attributes.get(TYPE)?.readUInt32BE(0)
    // Without a handle it is the end of a chain that was jumped to.
    if (type === TYPE_RULE && handle === undefined) continue
    const rule =
      type === TYPE_RULE
        ? (listing.rules.get(`${family} ${table} ${handle}`) ?? `handle ${handle}`)
        : undefined
    walk.push({
      family,
      ...(hook === undefined ? {} : { hook }),
      table,
      chain,
      ...(rule === undefined ? {} : { rule, handle: Number(handle) }),
      verdict: rejects(rule) ? 'reject' : verdictOf(attributes, type),
    })
  }
  return walk
}

/** NFPROTO_* of include/uapi/linux/netfilter.h, as nft names them. */
const TABLE_FAMILIES = new Map([
  [1, 'inet'],
  [2, 'ip'],
  [3, 'arp'],
  [5, 'netdev'],
  [7, 'bridge'],
  [10, 'ip6'],
])

/** The kernel calls it a drop: that it is answered is in the rule. */
const rejects = (rule: string | undefined): boolean =>
  rule !== undefined && /\breject\b|-j REJECT\b/.test(rule.replaceAll(/"[^"]*"/g, ''))

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
