/**
 * The sweep: one probe to every number, with both ends recorded, and a second one at another pace
 * for each silent number.
 */

import { FIREWALL } from '../../src/lab/lab.ts'
import { numbersIn, PortSet } from '../../src/net/port-set.ts'
import type { Losses } from '../../src/result/result.ts'
import type { SweepReport, SweepSpec } from '../contract/lab.ts'
import { reached } from '../contract/stage.ts'
import { answerOf, changesOf, isFromTarget } from './changes.ts'
import type { WireContext } from './context.ts'
import { LossCounters } from './counters.ts'
import { fieldsOf } from './fields.ts'
import { FlowRoom } from './flow-room.ts'
import { IP_TCP } from './frames.ts'
import { attemptOf, probedNumberOf } from './identity.ts'
import { BATCH } from './link.ts'
import { LocalSender } from './local-sender.ts'
import { Opening } from './opening.ts'
import { isProved } from './outcomes.ts'
import { OwnFrames } from './own-frames.ts'
import { isAnswered, isAnsweredByHost, type Writer, writerFor } from './probe.ts'
import { ProbedPath } from './probed-path.ts'
import type { Reading } from './reader.ts'
import { Records } from './records.ts'
import { answer } from './responder.ts'
import type { WireEnd } from './wire.ts'
import type { Witness } from './witness.ts'

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
  readonly #path: ProbedPath
  readonly #frames: OwnFrames
  readonly #room: FlowRoom
  readonly #local: LocalSender | undefined
  readonly #witness: Witness | undefined
  /** Opens the flow of each probe, if the probe belongs to a flow. */
  readonly #opening: Opening | undefined
  readonly #records: Records
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
    this.#path = new ProbedPath(context, spec)
    this.#frames = new OwnFrames(this.#path)
    this.#room = new FlowRoom(context, spec)
    const { from, to, family, target } = this.#path
    this.#local = from
      ? undefined
      : context.firewall.run(
          () => new LocalSender(family, target, spec.mark, context.tracking.sent),
        )
    const itself = !from || !to
    this.#witness = itself || context.watchesFirewall ? context.witness.get() : undefined
    this.#opening = spec.inFlow ? new Opening(context, spec, fieldsOf(spec)) : undefined
    this.#records = new Records(spec.to, Math.max(0, ...spec.numbers.map(({ to: last }) => last)))
  }

  run(startedAt: number): SweepReport {
    const all = PortSet.of(...this.#spec.numbers)
    this.#prepare(all.size)
    const losses = this.#attempts()
    return {
      observed: this.#records.observations(all.ranges, (n) => this.#isAnswered(n)),
      probes: this.#probes,
      losses,
      sweepMs: performance.now() - startedAt,
    }
  }

  #prepare(numbers: number): void {
    const { faults, tracking } = this.#context
    if (faults.fillTracking !== undefined) tracking.fill()
    this.#witness?.ensure()
    tracking.makeRoom()
    this.#room.makeSure(numbers * PACES.length)
  }

  /** Until silence is proved. Returns what was lost. */
  #attempts(): Losses {
    const counters = new LossCounters(this.#context)
    const losses: Record<string, number> = {}
    let lossless = 0
    for (let attempt = 0; attempt < PACES.length + EXTRA_ATTEMPTS; attempt++) {
      if (isProved(lossless)) break
      const numbers = attempt === 0 ? this.#inOrder() : this.#silent(this.#inOrder())
      this.#attempt(attempt, this.#pace(attempt), numbers)
      const moved = {
        ...counters.take(() => this.#pump()),
        ...this.#room.fullness(),
        ...this.#unseen(),
      }
      if (Object.keys(moved).length === 0) lossless++
      this.#settle(moved, losses)
      reached(this.#context.counted ? 'attempt done in an existing namespace' : 'attempt done')
    }
    return losses
  }

  close(): void {
    this.#local?.close()
    this.#opening?.close()
    this.#records.close(this.#spec.numbers)
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

  /** Marks the latest attempt as lossy if a counter increased, and adds up the increases. */
  #settle(moved: Losses, losses: Record<string, number>): void {
    const names = Object.entries(moved)
    if (names.length > 0) this.#records.markLossy()
    for (const [name, count] of names) losses[name] = (losses[name] ?? 0) + count
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
      this.#opening?.open([...some], this.#path.numbered(attempt))
      this.#send(attempt, pace, some)
    }
  }

  #send(attempt: number, pace: number, numbers: Iterable<number>): void {
    const write = this.#writer(attempt)
    const sender = this.#sender()
    let room = this.#room.left()
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
      room -= pace
      if (room < pace) room = this.#room.make()
    }
    this.#pump()
  }

  #sender(): Sender {
    if (this.#local) return this.#local
    return this.#path.from!.link
  }

  #writer(attempt: number): Writer {
    const { family, source, target } = this.#path
    return writerFor(this.#spec.protocol, {
      ...{ fields: fieldsOf(this.#spec), family, from: source, to: target },
      ...this.#path.numbered(attempt),
    })
  }

  #isLost(number: number, attempt: number): boolean {
    const { loseProbe } = this.#context.faults
    return loseProbe?.number === number && loseProbe.attempts.includes(attempt)
  }

  #isAnswered(number: number): boolean {
    const { protocol, flags, inFlow = false } = this.#spec
    // How a target reacts to an unexpected segment does not matter.
    if (flags !== undefined || inFlow) return false
    const { family, to } = this.#path
    return to ? isAnswered(protocol, family, number) : isAnsweredByHost(protocol, family, number)
  }

  #onFrame(end: WireEnd, at: number, r: Reading): void {
    const { data } = end.link.received
    if (!this.#frames.has(data, r)) return
    if (r.kind === 'probe') this.#onProbe(end, at, r)
    // A rejection of a spoofed packet goes to the owner of the address.
    else if (end === this.#path.from || (this.#path.isSpoofed && r.kind !== 'reply'))
      this.#onAnswer(data, r)
  }

  /** Packets that the firewall receives: probes to it, redirected ones, and answers to its own. */
  #onAdmitted(data: Buffer, r: Reading): void {
    if (!this.#frames.has(data, r)) return
    if (r.kind === 'probe') this.#sawChanged(FIREWALL, r, changesOf(this.#path, undefined, data, r))
    else if (this.#local) this.#onAnswer(data, r)
  }

  #onProbe(end: WireEnd, at: number, r: Reading): void {
    if (this.#context.faults.deadResponder) return
    const { data } = end.link.received
    const changed = changesOf(this.#path, end, data, r)
    if (changed === undefined && end === this.#path.to)
      this.#records.sawCode(attemptOf(r.identity), probedNumberOf(r.identity), this.#records.asSent)
    else this.#sawChanged(end.zone, r, changed)
    // Of a flow that goes on, only opening packets are answered.
    if (this.#opening && r.protocol === IP_TCP) return
    answer(end, { frame: data, at, reading: r }, this.#spec.answer)
  }

  #sawChanged(zone: string, { identity }: Reading, changed: string | undefined): void {
    const sighting = { zone, ...(changed ? { changed } : {}) }
    this.#records.saw(attemptOf(identity), probedNumberOf(identity), sighting)
  }

  #onAnswer(b: Buffer, r: Reading): void {
    const attempt = attemptOf(r.identity)
    const number = probedNumberOf(r.identity)
    if (isFromTarget(this.#path, b, r)) this.#records.gotCode(attempt, number, this.#records.reply)
    else this.#records.got(attempt, number, answerOf(this.#path, b, r))
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
