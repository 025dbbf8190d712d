/** Messages of nfnetlink's trace group → the steps of each packet. */
import { readListing } from '../../src/nft/listing.ts'
import type { TraceStep } from '../../src/result/trace.ts'
import { OWN_TABLES } from '../firewall/inspect.ts'
import { MSG_DONTWAIT, openNetlink, receive } from '../kernel/syscalls.ts'
import { findProgram } from '../system/find-program.ts'
import { runProgramSync } from '../system/run-program-sync.ts'

const NETLINK_NETFILTER = 12 // include/uapi/linux/netlink.h
const TRACE_GROUP = 1 << 8 // NFNLGRP_NFTRACE is 9; groups count from 1
const TRACE_MESSAGE = (10 << 8) | 17 // NFNL_SUBSYS_NFTABLES, NFT_MSG_TRACE
const RECEIVE_BUFFER = 4 << 20

/** In the namespace of the calling thread. */
export const openTrace = (): number => openNetlink(NETLINK_NETFILTER, TRACE_GROUP, RECEIVE_BUFFER)

/** Rules by family, table and handle, and the hooks of base chains by family, table and name. */
export interface Listed {
  readonly rules: ReadonlyMap<string, string>
  readonly hooks: ReadonlyMap<string, string>
}

export function listRules(): Listed {
  const { stdout } = runProgramSync(findProgram('nft'), ['-a', '-s', 'list', 'ruleset'])
  const { rules, hooks } = readListing(stdout)
  return { rules: new Map(rules.map((r) => [`${r.table} ${r.handle}`, r.text])), hooks }
}

export function drain(socket: number): Buffer[] {
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

/** A step, including those of the harness's own rules. */
export type Step = TraceStep & { readonly isOwn: boolean }

/**
 * The steps of each packet, without the harness's own tables. Packets are in the order of their
 * first steps.
 */
export const packetsOf = (messages: readonly Buffer[], listing: Listed): TraceStep[][] =>
  allPackets(messages, listing)
    .map((steps) => steps.filter(({ isOwn }) => !isOwn).map(({ isOwn: _, ...step }) => step))
    .filter(({ length }) => length > 0)

/** The same, including the harness's own tables and chains. */
export function allPackets(messages: readonly Buffer[], listing: Listed): Step[][] {
  const packets = new Map<number | undefined, Step[]>()
  for (const message of messages) {
    if (message.readUInt16LE(4) !== TRACE_MESSAGE) continue
    const attributes = readAttributes(message, 20)
    const id = attributes.get(ID)?.readUInt32BE(0)
    const walk = packets.get(id) ?? []
    packets.set(id, walk)
    const family = TABLE_FAMILIES.get(message[16]!) ?? `family ${message[16]}`
    const step = stepOf(attributes, listing, family, walk.at(-1)?.hook)
    if (step) walk.push(step)
  }
  return [...packets.values()]
}

/** A chain that was jumped to is of the hook of the one before. Undefined at its end, which has no handle. */
function stepOf(
  attributes: ReturnType<typeof readAttributes>,
  listing: Listed,
  family: string,
  before: string | undefined,
): Step | undefined {
  const [table, chain] = [text(attributes.get(TABLE)), text(attributes.get(CHAIN))]
  const hook = listing.hooks.get(`${family} ${table} ${chain}`) ?? before
  const handle = attributes.get(RULE_HANDLE)?.readBigUInt64BE(0)
  const type = attributes.get(TYPE)?.readUInt32BE(0)
  const isRule = type === TYPE_RULE
  if (isRule && handle === undefined) return undefined
  const rule = isRule
    ? (listing.rules.get(`${family} ${table} ${handle}`) ?? `handle ${handle}`)
    : undefined
  return {
    family,
    ...(hook === undefined ? {} : { hook }),
    table,
    chain,
    ...(rule === undefined ? {} : { rule, handle: Number(handle) }),
    verdict: rejects(rule) ? 'reject' : verdictOf(attributes, type),
    isOwn: table.startsWith(OWN_TABLES) || chain.startsWith(OWN_TABLES),
  }
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

/** The kernel reports a reject as a drop; the text of the rule shows that it answers. */
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
