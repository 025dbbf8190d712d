/**
 * Opens the flows that probes then belong to: one packet there and one back, so
 * that connection tracking calls what follows established.
 *
 *     TCP          SYN → · ← SYN-ACK
 *     UDP, echoes  question → · ← reply
 *     ICMP errors  the UDP flow that they are about
 */
import { FIREWALL } from '../../src/lab/lab.ts'
import type { HeaderFields } from '../../src/net/packet-fields.ts'
import type { SweepSpec } from '../contract/lab.ts'
import { loadRuleset } from '../firewall/nft.ts'
import { addressText, bytesOf } from '../kernel/addresses.ts'
import type { FlowLog } from '../kernel/flow-log.ts'
import type { Netns } from '../kernel/netns.ts'
import { ETHERNET, ICMP_OF } from './frames.ts'
import { sweepIdOf } from './identity.ts'
import { LocalSender, NO_LINK } from './local-sender.ts'
import { type Flow, icmpTypeOf, isIcmpError, QUOTED_PORT, writerFor } from './probe.ts'
import type { Reading } from './reader.ts'
import { acceptFlow } from './responder.ts'
import type { Wire } from './wire.ts'
import type { Witness } from './witness.ts'

interface OpeningContext {
  readonly wire: Wire
  readonly firewall: Netns
  readonly tracking: { readonly sent: FlowLog }
  readonly witness: { get(): Witness }
  readonly watchesFirewall: boolean
}

/** Numbers of the probes, and where they come from. */
export type Numbered = Pick<Flow, 'sourcePort' | 'destinationPort' | 'sweep' | 'attempt'>

/** Identifies opening packets without sequence numbers: an attempt number that no sweep uses. */
const OPENING = 8

/** Offset of the source address in an IP header: RFC 791 §3.1, RFC 8200 §3. */
const SOURCE_AT = { 4: 12, 6: 8 } as const

const QUIET = 'nftproof_quiet'

export class Opening {
  readonly #context: OpeningContext
  readonly #spec: SweepSpec
  readonly #fields: HeaderFields
  readonly #senders: readonly LocalSender[]
  readonly #own: LocalSender | undefined
  readonly #answering: LocalSender | undefined

  constructor(
    context: OpeningContext,
    spec: SweepSpec,
    { flags: _, code: __, ...fields }: HeaderFields,
  ) {
    this.#context = context
    this.#spec = spec
    this.#fields = fields
    const made: LocalSender[] = []
    const sender = (to: string): LocalSender => {
      const one = context.firewall.run(
        () => new LocalSender(context.wire.family, bytesOf(to), spec.mark, context.tracking.sent),
      )
      made.push(one)
      return one
    }
    if (spec.from === FIREWALL) this.#own = sender(spec.target)
    else if (this.#watches) this.#answering = sender(spec.source)
    this.#senders = made
    if (this.#watches) context.witness.get().ensure()
    if (this.#isQuiet) context.firewall.run(() => loadRuleset(this.#quiet))
  }

  /** Opens a flow for the probe of each number. */
  open(numbers: readonly number[], numbered: Numbered): void {
    const { protocol, from, source, target } = this.#spec
    const { wire } = this.#context
    const [errors, others] = split(numbers, (number) => this.#isError(number))
    const end = from === FIREWALL ? NO_LINK : wire.end(from)
    const flow = { family: wire.family, from: { ...end, address: bytesOf(source) } }
    const attempt = protocol === 'tcp' ? numbered.attempt : numbered.attempt + OPENING
    const all = { ...flow, to: bytesOf(target), ...numbered, attempt, fields: this.#fields }
    this.#send(others, writerFor(protocol, all))
    const first = numbered.sourcePort(0)
    const about = { sourcePort: () => first, destinationPort: () => QUOTED_PORT }
    if (errors.length > 0) this.#send([0], writerFor('udp', { ...all, ...about }))
    const onFrame: Parameters<Wire['pump']>[0] = (at, offset, reading) => {
      const frame = at.link.received.data
      if (this.#isOpening(reading, numbered)) acceptFlow(at, { frame, at: offset, reading })
    }
    wire.pump(onFrame)
    if (!this.#watches) return
    this.#context.witness.get().drain((frame, reading) => {
      if (this.#isOpening(reading, numbered)) this.#answer(frame, reading)
    })
    wire.pump(() => {})
    // What the firewall was answered is of no more matter.
    this.#context.witness.get().drain(() => {})
  }

  close(): void {
    for (const sender of this.#senders) sender.close()
    if (this.#isQuiet) this.#context.firewall.run(() => loadRuleset(`delete table inet ${QUIET}\n`))
  }

  get #watches(): boolean {
    return this.#isQuiet || this.#context.watchesFirewall
  }

  /** The firewall's kernel knows of none of these flows, and would end each. */
  get #isQuiet(): boolean {
    return this.#spec.from === FIREWALL || this.#spec.to === FIREWALL
  }

  /** Only of answers to the sender, or of those of the firewall to the target. */
  get #quiet(): string {
    const { from, source, target } = this.#spec
    const ip = this.#context.wire.family === 4 ? 'ip' : 'ip6'
    const to = `${ip} daddr ${addressText(bytesOf(from === FIREWALL ? target : source))}`
    const icmp = ip === 'ip' ? 'icmp' : 'icmpv6'
    return `table inet ${QUIET}
delete table inet ${QUIET}
table inet ${QUIET} {
  chain output {
    type filter hook output priority -2147483648; policy accept;
    ${to} tcp flags & rst == rst drop
    ${to} ${icmp} type destination-unreachable drop
  }
}
`
  }

  #isError(number: number): boolean {
    const { family } = this.#context.wire
    const { protocol } = this.#spec
    return protocol === 'icmp' && isIcmpError(family, icmpTypeOf(protocol, family, number))
  }

  #isOpening({ kind, identity }: Reading, { sweep }: Numbered): boolean {
    return kind === 'probe' && sweepIdOf(identity) === sweep
  }

  #send(numbers: readonly number[], write: ReturnType<typeof writerFor>): void {
    const sender = this.#own ?? this.#context.wire.end(this.#spec.from).link
    for (const number of numbers) {
      const slot = sender.slot()
      sender.commit(write(sender.data, slot, number))
    }
  }

  /** Echoes are answered by the kernel. */
  #answer(frame: Buffer, reading: Reading): void {
    const link = this.#answering
    const { family } = this.#context.wire
    if (!link || reading.protocol === ICMP_OF[family]) return
    const outgoing = { data: link.data }
    const end = {
      ...NO_LINK,
      address: bytesOf(this.#spec.target),
      link: { outgoing, slot: () => 0, commit: (length: number) => link.commit(length) },
    }
    const ip = reading.sourceAt - SOURCE_AT[family]
    acceptFlow(end, { frame, at: ip - ETHERNET, reading })
  }
}

function split<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  return [all.filter(isFirst), all.filter((one) => !isFirst(one))]
}
