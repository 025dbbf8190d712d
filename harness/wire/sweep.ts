/**
 * The sweep: one probe to every number, with both ends recorded, and a second one at another pace
 * for each silent number.
 */

import { FIREWALL } from '../../src/lab/lab.ts'
import type { HeaderFields, PacketFields } from '../../src/net/packet-fields.ts'
import { numbersIn, PortSet } from '../../src/net/port-set.ts'
import { familyName } from '../../src/net/protocol.ts'
import type { Losses } from '../../src/result/result.ts'
import type { FaultInjection, SweepReport, SweepSpec } from '../contract/lab.ts'
import { reached } from '../contract/stage.ts'
import { addressText, bytesOf } from '../kernel/addresses.ts'
import type { Tracking } from '../kernel/conntrack.ts'
import type { Netns } from '../kernel/netns.ts'
import { LossCounters } from './counters.ts'
import { FIN, type FrameEndpoint, ICMP_OF, IP_TCP, IP_UDP, SYN } from './frames.ts'
import {
  attemptOf,
  FIRST_EPHEMERAL,
  probedNumberOf,
  readIdentity,
  type SweepId,
  type SweepIds,
  sweepIdOf,
} from './identity.ts'
import { BATCH } from './link.ts'
import { LocalSender, NO_LINK } from './local-sender.ts'
import { type Numbered, Opening } from './opening.ts'
import { isProved } from './outcomes.ts'
import {
  dataOf,
  ICMP_REPLIES,
  icmpTypeOf,
  isAnswered,
  isAnsweredByHost,
  PROTOCOL_SWEEP_PORT,
  type Writer,
  writerFor,
} from './probe.ts'
import type { Reading } from './reader.ts'
import { Records } from './records.ts'
import { answer, TARGET_ERROR } from './responder.ts'
import type { Wire, WireEnd } from './wire.ts'
import type { Witness } from './witness.ts'

export interface WireContext {
  readonly wire: Wire
  readonly firewall: Netns
  readonly tracking: Tracking
  /** The firewall's interfaces by zone. */
  readonly firewallLinks: ReadonlyMap<string, string>
  /** The firewall's interfaces whose losses may concern this lab. Absent: all. */
  readonly counted?: ReadonlySet<string>
  /** The namespace of the wire's interfaces, if the firewall is another machine. */
  readonly nicNetns?: Netns
  readonly ids: SweepIds
  /** Probed paths, and paths with probed pairs of ports. */
  readonly probed: Set<string>
  readonly paired: Set<string>
  readonly faults: FaultInjection
  readonly witness: Lazy<Witness>
  /**
   * Whether every sweep reads the witness, or only those with packets to or from the firewall
   * itself.
   */
  readonly watchesFirewall: boolean
}

/** Created on first use. */
export class Lazy<T> {
  readonly #make: () => T
  made: T | undefined

  constructor(make: () => T) {
    this.#make = make
  }

  get(): T {
    this.made ??= this.#make()
    return this.made
  }
}

/** The buffer of probes and their sender: a link of the wire, or the firewall itself. */
interface Sender {
  readonly data: Buffer
  readonly queued: number
  intended: number
  slot(): number
  commit(length: number): void
}

/** Probes in flight in each attempt: the second has another pace than the first. */
export const PACES = [BATCH, 32] as const
/** Further attempts after a lossy one, and their pace. */
const EXTRA_ATTEMPTS = 1
const EXTRA_PACE = 16
/** Probes in flight at first, if the firewall is another machine. */
const ON_NICS = 64
/** The share of the tracking table's free space that is used before it is emptied. */
const USABLE_ROOM = 0.8

export function sweep(context: WireContext, spec: SweepSpec): SweepReport {
  const startedAt = performance.now()
  const one = new Sweep(context, spec)
  try {
    return one.run(startedAt)
  } finally {
    one.close()
  }
}

class Sweep {
  readonly #context: WireContext
  readonly #spec: SweepSpec
  /** Undefined if the firewall itself is the sender or the target. */
  readonly #from: WireEnd | undefined
  readonly #source: FrameEndpoint
  readonly #target: Uint8Array
  readonly #targetEnd: WireEnd | undefined
  readonly #local: LocalSender | undefined
  readonly #witness: Witness | undefined
  /** Opens the flow of each probe, if the probe belongs to a flow. */
  readonly #opening: Opening | undefined
  /**
   * The additional amount that a reset acknowledges for a probe: its data, and one each for SYN and
   * FIN.
   */
  readonly #data: number
  readonly #spoofed: boolean
  readonly #records: Records
  readonly #id: SweepId
  #probes = 0
  readonly #receive = (end: WireEnd, at: number, reading: Reading): void =>
    this.#onFrame(end, at, reading)
  readonly #admitted = (data: Buffer, reading: Reading): void => this.#onAdmitted(data, reading)
  readonly #pump = (more = false): void => {
    this.#local?.flush()
    this.#context.wire.pump(this.#receive, more)
    this.#witness?.drain(this.#admitted)
  }

  constructor(context: WireContext, spec: SweepSpec) {
    this.#context = context
    this.#spec = spec
    this.#id = context.ids.next(spec.sweepIndex)
    this.#from = spec.from === FIREWALL ? undefined : context.wire.end(spec.from)
    this.#targetEnd = spec.to === FIREWALL ? undefined : context.wire.end(spec.to)
    this.#source = { ...(this.#from ?? NO_LINK), address: bytesOf(spec.source) }
    this.#spoofed = this.#from !== undefined && spec.source !== addressText(this.#from.address)
    this.#target = bytesOf(spec.target)
    const { family } = context.wire
    this.#data =
      spec.protocol === 'tcp'
        ? dataOf(family, fieldsOf(spec)) + controlsIn(spec.flags ?? SYN) - 1
        : 0
    this.#local = this.#from
      ? undefined
      : context.firewall.run(
          () => new LocalSender(family, this.#target, spec.mark, context.tracking.sent),
        )
    const itself = !this.#from || !this.#targetEnd
    this.#witness = itself || context.watchesFirewall ? context.witness.get() : undefined
    this.#opening = spec.inFlow ? new Opening(context, spec, fieldsOf(spec)) : undefined
    this.#records = new Records(spec.to, Math.max(0, ...spec.numbers.map(({ to }) => to)))
  }

  run(startedAt: number): SweepReport {
    const { wire, firewall, faults } = this.#context
    if (faults.fillTracking !== undefined) this.#context.tracking.fill()
    const all = PortSet.of(...this.#spec.numbers)
    this.#witness?.ensure()
    this.#context.tracking.makeRoom()
    this.#makeSure(all.size)
    const counters = new LossCounters(
      wire.links,
      firewall,
      this.#context.counted,
      this.#context.nicNetns,
    )
    const losses: Record<string, number> = {}
    let lossless = 0
    for (let attempt = 0; attempt < PACES.length + EXTRA_ATTEMPTS; attempt++) {
      if (isProved(lossless)) break
      const numbers = attempt === 0 ? this.#inOrder() : this.#silent(this.#inOrder())
      this.#attempt(attempt, this.#pace(attempt), numbers)
      const moved = { ...counters.take(() => this.#pump()), ...this.#fullness(), ...this.#unseen() }
      if (Object.keys(moved).length === 0) lossless++
      this.#settle(moved, losses)
      reached(this.#context.counted ? 'attempt done in an existing namespace' : 'attempt done')
    }
    return {
      observed: this.#records.observations(all.ranges, (n) => this.#isAnswered(n)),
      probes: this.#probes,
      losses,
      sweepMs: performance.now() - startedAt,
    }
  }

  close(): void {
    this.#local?.close()
    this.#opening?.close()
  }

  /** The queues of a NIC and of another firewall are smaller than a link's in this kernel. */
  #pace(attempt: number): number {
    const pace = PACES[attempt] ?? EXTRA_PACE
    return this.#context.nicNetns ? Math.min(pace, ON_NICS >> attempt) : pace
  }

  /** Packets that the firewall could not send, and lost messages of the witness. */
  #unseen(): Losses {
    const failures = [...(this.#local?.takeFailures() ?? [])].map(
      ([error, count]) => [`firewall: packets not sent (errno ${error})`, count] as const,
    )
    const lost = this.#witness?.takeLost() ?? 0
    return {
      ...Object.fromEntries(failures),
      ...(lost > 0 ? { 'witness: messages lost': lost } : {}),
    }
  }

  /** True if probes could belong to flows of an earlier sweep. */
  #mayRecur(): boolean {
    const { pairs, sourcePort, protocol, source, target } = this.#spec
    const { probed, paired } = this.#context
    const path = `${protocol} ${source} ${target}`
    probed.add(path)
    // Behind one translated address, two senders share one flow of such a protocol: the second one
    // would find it in use.
    if (protocol === 'ip' && probed.size > 1) return true
    // A probe may look like the reply to a probe of the opposite direction.
    if (probed.has(`${protocol} ${target} ${source}`) || sourcePort !== undefined) return true
    if (!pairs) return false
    const before = paired.has(path)
    paired.add(path)
    return before || pairs.sources.some((port) => port >= FIRST_EPHEMERAL)
  }

  /** Marks the latest attempt as lossy if a counter increased, and adds up the increases. */
  #settle(moved: Losses, losses: Record<string, number>): void {
    const names = Object.entries(moved)
    if (names.length > 0) this.#records.markLossy()
    for (const [name, count] of names) losses[name] = (losses[name] ?? 0) + count
  }

  /** A table that is full when the attempt ends may have been full during it. */
  #fullness(): Losses {
    const attachment = this.#context.tracking.room()
    return attachment && attachment.count >= attachment.max
      ? { 'connection tracking: full': 1 }
      : {}
  }

  #inOrder(): Generator<number> {
    return numbersIn(this.#spec.numbers)
  }

  #silent(numbers: Iterable<number>): number[] {
    const silent: number[] = []
    for (const n of numbers) if (this.#records.isSilent(n, this.#isAnswered(n))) silent.push(n)
    return silent
  }

  #attempt(attempt: number, pace: number, numbers: Iterable<number>): void {
    this.#records.beginAttempt()
    for (const some of this.#opening ? inParts(numbers, pace) : [numbers]) {
      this.#opening?.open([...some], this.#numbered(attempt))
      this.#send(attempt, pace, some)
    }
  }

  #send(attempt: number, pace: number, numbers: Iterable<number>): void {
    const write = this.#writer(attempt)
    const sender = this.#sender()
    let attachment = this.#room()
    for (const number of numbers) {
      this.#records.sent(number)
      this.#probes++
      if (this.#isLost(number, attempt)) {
        sender.intended++
        continue
      }
      const slot = sender.slot()
      sender.commit(write(sender.data, slot, number))
      if (sender.queued < pace) continue
      this.#pump(true)
      attachment -= pace
      if (attachment < pace) attachment = this.#makeRoom()
    }
    this.#pump()
  }

  #sender(): Sender {
    if (this.#local) return this.#local
    return this.#from!.link
  }

  #writer(attempt: number): Writer {
    return writerFor(this.#spec.protocol, {
      fields: fieldsOf(this.#spec),
      family: this.#context.wire.family,
      from: this.#source,
      to: this.#target,
      ...this.#numbered(attempt),
    })
  }

  #numbered(attempt: number): Numbered {
    return {
      sourcePort: (number) => this.#sourcePort(attempt, number),
      destinationPort: (number) => this.#destinationPort(number),
      sweep: this.#id.sweep,
      attempt,
    }
  }

  #sourcePort(attempt: number, number: number): number {
    const { pairs, sourcePort } = this.#spec
    if (pairs) return pairs.sources[number]!
    return sourcePort ?? this.#id.sourcePort(attempt, number)
  }

  #destinationPort(number: number): number {
    if (this.#spec.protocol === 'ip') return PROTOCOL_SWEEP_PORT
    const { pairs } = this.#spec
    return pairs ? pairs.destinations[number]! : number
  }

  /** Empties the tracking table if the sweep may not fit, or if its flows may already exist. */
  #makeSure(flows: number): void {
    if (this.#context.faults.fillTracking === 'kept') return
    if (this.#mayRecur() || this.#room() < flows * PACES.length) this.#context.tracking.flush()
  }

  /**
   * New flows that the tracking table accepts before it must be emptied. Each probe may create one.
   */
  #room(): number {
    const attachment = this.#context.tracking.room()
    return attachment
      ? Math.floor((attachment.max - attachment.count) * USABLE_ROOM)
      : Number.POSITIVE_INFINITY
  }

  #makeRoom(): number {
    if (this.#context.faults.fillTracking === 'kept') return Number.POSITIVE_INFINITY
    this.#context.tracking.flush()
    return Math.max(this.#room(), BATCH)
  }

  #isLost(number: number, attempt: number): boolean {
    const { loseProbe } = this.#context.faults
    return loseProbe?.number === number && loseProbe.attempts.includes(attempt)
  }

  #isAnswered(number: number): boolean {
    const { protocol, flags, inFlow = false } = this.#spec
    // How a target reacts to an unexpected segment does not matter.
    if (flags !== undefined || inFlow) return false
    const { family } = this.#context.wire
    const byHost = this.#targetEnd === undefined
    return byHost
      ? isAnsweredByHost(protocol, family, number)
      : isAnswered(protocol, family, number)
  }

  #onFrame(end: WireEnd, at: number, r: Reading): void {
    if (!this.#isOurs(end.link.received.data, r)) return
    if (r.kind === 'probe') this.#onProbe(end, at, r)
    // A rejection of a spoofed packet goes to the owner of the address.
    else if (end === this.#from || (this.#spoofed && r.kind !== 'reply'))
      this.#onAnswer(end.link.received.data, r)
  }

  /** For this sweep: adapts answers of a real kernel to the form of the harness's own. */
  #isOurs(data: Buffer, r: Reading): boolean {
    const isKnown = this.#spec.flags !== undefined && this.#readFlagged(data, r)
    if (r.kind === 'segment') return false
    // A reset acknowledges the data of a probe too.
    if (r.kind === 'reset' && !isKnown) r.identity = (r.identity - this.#data) >>> 0
    if (sweepIdOf(r.identity) !== this.#id.sweep) return false
    // What opened the flow comes late.
    if (this.#opening && !isKnown && r.protocol === IP_TCP && r.kind === 'probe') return false
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
    if (sweepIdOf(sequence) !== this.#id.sweep) return false
    const isProbe = r.destinationPort === this.#destinationPort(probedNumberOf(sequence))
    // The answer to an acknowledgement has the acknowledged number.
    if (!isProbe && r.kind !== 'reset') return false
    if (isProbe) r.kind = 'probe'
    r.identity = sequence
    return true
  }

  /** A kernel returns the data of an echo unchanged, including the mark of a question. */
  #isEchoed(data: Buffer, { protocol, l4, identity }: Reading): boolean {
    const { family } = this.#context.wire
    if (protocol !== ICMP_OF[family]) return false
    const sent = icmpTypeOf(this.#spec.protocol, family, probedNumberOf(identity))
    return data[l4] !== sent && data[l4] === ICMP_REPLIES[family].get(sent)
  }

  /** Packets that the firewall receives: probes to it, redirected ones, and answers to its own. */
  #onAdmitted(data: Buffer, r: Reading): void {
    if (!this.#isOurs(data, r)) return
    if (r.kind === 'probe') this.#onAdmittedProbe(data, r)
    else if (this.#local) this.#onAnswer(data, r)
  }

  #onAdmittedProbe(data: Buffer, r: Reading): void {
    const attempt = attemptOf(r.identity)
    const number = probedNumberOf(r.identity)
    const changed = this.#changes(undefined, data, r, { attempt, number })
    this.#records.saw(attempt, number, { zone: FIREWALL, ...(changed ? { changed } : {}) })
  }

  #onProbe(end: WireEnd, at: number, r: Reading): void {
    if (this.#context.faults.deadResponder) return
    const data = end.link.received.data
    const attempt = attemptOf(r.identity)
    const number = probedNumberOf(r.identity)
    const changed = this.#changes(end, data, r, { attempt, number })
    if (changed === undefined && end === this.#targetEnd)
      this.#records.sawCode(attempt, number, this.#records.asSent)
    else this.#records.saw(attempt, number, { zone: end.zone, ...(changed ? { changed } : {}) })
    // Of a flow that goes on, only opening packets are answered.
    if (this.#opening && r.protocol === IP_TCP) return
    answer(end, { frame: data, at, reading: r }, this.#spec.answer)
  }

  /** What changed on the way: addresses, ports, or the link of arrival. */
  #changes(
    end: WireEnd | undefined,
    b: Buffer,
    r: Reading,
    { attempt, number }: { readonly attempt: number; readonly number: number },
  ): string | undefined {
    const sourcePort = this.#sourcePort(attempt, number)
    const port = this.#portOf(number, r)
    const same =
      end === this.#targetEnd &&
      equalAt(b, r.destinationAt, this.#target) &&
      equalAt(b, r.sourceAt, this.#source.address) &&
      (port === undefined || (r.destinationPort === port && r.sourcePort === sourcePort))
    return same ? undefined : this.#describeChange(end, b, r, { port, sourcePort })
  }

  #portOf(number: number, { protocol }: Reading): number | undefined {
    if (protocol !== IP_TCP && protocol !== IP_UDP) return undefined
    return this.#destinationPort(number)
  }

  #describeChange(
    end: WireEnd | undefined,
    b: Buffer,
    r: Reading,
    sent: { port: number | undefined; sourcePort: number },
  ): string {
    const size = this.#target.length
    const changes: string[] = []
    const note = (what: string, old: string | number, now: string | number): void => {
      if (old !== now) changes.push(`${what} ${old} → ${now}`)
    }
    note('zone', this.#spec.to, end?.zone ?? FIREWALL)
    note('to', this.#spec.target, addressText(b.subarray(r.destinationAt, r.destinationAt + size)))
    note('from', this.#spec.source, addressText(b.subarray(r.sourceAt, r.sourceAt + size)))
    if (sent.port !== undefined) {
      note('port', sent.port, r.destinationPort)
      // If a NAT changed more, its choice of source port does not matter.
      if (changes.length === 0) note('source port', sent.sourcePort, r.sourcePort)
    }
    return changes.join(', ') || `${familyName(this.#context.wire.family)} packet changed`
  }

  #onAnswer(b: Buffer, r: Reading): void {
    const attempt = attemptOf(r.identity)
    const number = probedNumberOf(r.identity)
    const fromTarget = equalAt(b, r.sourceAt, this.#target)
    if (this.#isReply(r) && fromTarget && this.#isFromPort(r, number))
      this.#records.gotCode(attempt, number, this.#records.reply)
    else this.#records.got(attempt, number, this.#describeAnswer(b, r))
  }

  #isReply(r: Reading): boolean {
    if (this.#spec.answer === 'reply') return r.kind === 'reply'
    const error = TARGET_ERROR[this.#context.wire.family]
    return r.kind === 'icmp' && r.type === error.type && r.code === error.code
  }

  #isFromPort(r: Reading, number: number): boolean {
    if (r.kind !== 'reply') return true
    const port = this.#portOf(number, r)
    return port === undefined || r.sourcePort === port
  }

  #describeAnswer(b: Buffer, r: Reading): Parameters<Records['got']>[2] {
    const from = addressText(b.subarray(r.sourceAt, r.sourceAt + this.#target.length))
    if (r.kind === 'reset') return { kind: 'reset', from }
    if (r.kind === 'icmp') return { kind: 'icmp', type: r.type, code: r.code, from }
    return { kind: 'reply', from: r.sourcePort ? `${from} port ${r.sourcePort}` : from }
  }
}

/** Numbers whose flows are opened at once, so that each probe soon follows. */
function* inParts(numbers: Iterable<number>, size: number): Generator<number[]> {
  let part: number[] = []
  for (const number of numbers) {
    part.push(number)
    if (part.length < size) continue
    yield part
    part = []
  }
  if (part.length > 0) yield part
}

/** The sequence numbers that a segment's SYN and FIN take (RFC 9293 §3.4). */
const controlsIn = (flags: number): number => (flags & SYN ? 1 : 0) + (flags & FIN ? 1 : 0)

export function fieldsOf({ length, ttl, flags, dscp, code }: PacketFields): HeaderFields {
  return {
    ...(code === undefined ? {} : { code }),
    ...(dscp === undefined ? {} : { dscp }),
    ...(flags === undefined ? {} : { flags }),
    ...(length === undefined ? {} : { length }),
    ...(ttl === undefined ? {} : { ttl }),
  }
}

function equalAt(b: Uint8Array, at: number, bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) if (b[at + i] !== bytes[i]) return false
  return true
}
