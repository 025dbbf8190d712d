/**
 * How egress policies were decided when each format had a decision of its own: kept as it was, for
 * the tests that hold today's decision against it.
 */
import ipaddr from 'ipaddr.js'
import { PortSet } from '../net/port-set.ts'
import { type Family, lastNumber, type Protocol } from '../net/protocol.ts'
import { type RangeMap, type Span, valueAt } from '../net/range-map.ts'
import type { Clause } from './clause.ts'
import { type EgressPolicy, linesOf, numbersNamedBy, type Section } from './egress/policy.ts'
import type { Expectation } from './expectation.ts'
import type { Grant } from './grant.ts'

export interface FormerQuestion {
  readonly direction: 'outbound' | 'inbound'
  /** The source address does not belong to the sending link. */
  readonly spoofed: boolean
  readonly family: Family
  readonly protocol: Protocol
  /** The grants of the sending project, and the destination. Absent: no grant. */
  readonly granted?: Granted
}

interface Granted {
  readonly grants: readonly Grant[]
  /** The address as text: some grants apply to certain destinations only. */
  readonly target: string
}

/** In a sweep of IP protocols, TCP and UDP are each probed with one packet to this port. */
const PROTOCOL_SWEEP_PORT = 443

// Extension headers (RFC 8200 §4; nftables counts AH as a protocol) are not the packet's protocol:
// the header after them is. In a sweep of IP protocols, "no next header" follows.
const EXTENSION_HEADERS = [0, 43, 44, 60]
const NO_NEXT_HEADER = 59

const TCP = 6
const UDP = 17
const ICMP: Readonly<Record<Family, number>> = { 4: 1, 6: 58 }
const ECHO_REQUEST: Readonly<Record<Family, number>> = { 4: 8, 6: 128 } // RFC 792, RFC 4443 §4.1

/** Covers every number from 0 to the protocol's last, split where the deciding line changes. */
export function formerEgress(
  policy: EgressPolicy,
  question: FormerQuestion,
): RangeMap<Expectation> {
  const last = lastNumber(question.protocol)
  if (question.direction === 'inbound') return spansOf(policy.inbound, question.family, last)
  if (question.spoofed) return [{ from: 0, to: last, value: spoofed(policy) }]
  if (question.protocol === 'ip') {
    const spans = spansOf(policy.protocols, question.family, last)
    return protocolSweep(spans, question.family, (protocol) =>
      formerEgress(policy, { ...question, protocol }),
    )
  }
  const promised = spansOf(policy[question.protocol], question.family, last)
  const ported = question.protocol === 'tcp' || question.protocol === 'udp'
  return ported && question.granted
    ? widened(promised, question.protocol, {
        ...question.granted,
        section: policy[question.protocol],
      })
    : promised
}

/** What a grant names is open as well, but for what is denied; what is open anyway stays the policy's doing. */
function widened(
  promised: Span<Expectation>[],
  protocol: 'tcp' | 'udp',
  { grants, target, section }: Granted & { readonly section: Section },
): Span<Expectation>[] {
  const denied = numbersNamedBy(section.deny)
  let spans = promised
  for (const grant of grants) {
    const ports = grant[protocol].subtract(denied)
    if (!ports.isEmpty && holdsTowards(grant, target)) spans = opened(spans, ports, grant)
  }
  return spans
}

function holdsTowards({ destinations }: Grant, target: string): boolean {
  const address = ipaddr.parse(target)
  return (
    destinations.length === 0 ||
    destinations.some((prefix) => {
      const network = ipaddr.parse(prefix.address)
      return network.kind() === address.kind() && address.match(network, prefix.prefixLength)
    })
  )
}

function opened(
  spans: readonly Span<Expectation>[],
  ports: PortSet,
  { label, at }: Grant,
): Span<Expectation>[] {
  const value: Expectation = { verdict: 'open', clause: { label, at } }
  return spans
    .flatMap((span) => {
      if (span.value.verdict === 'open') return [span]
      const whole = PortSet.of(span)
      const parts = (set: PortSet, v: Expectation) => set.ranges.map((r) => ({ ...r, value: v }))
      return [...parts(whole.intersect(ports), value), ...parts(whole.subtract(ports), span.value)]
    })
    .sort((a, b) => a.from - b.from)
}

// A spoofed packet gets no answer, because the answer would go to another host.
function spoofed({ file }: EgressPolicy): Expectation {
  const clause = { label: 'source address of another link', at: { file, line: 1, column: 1 } }
  return { verdict: 'blocked', by: 'drop', clause }
}

/** Deny beats allow beats deny by default beats otherwise; among equals the first line names itself. */
function spansOf(section: Section, family: Family, last: number): Span<Expectation>[] {
  let left = PortSet.of({ from: 0, to: last })
  const spans: Span<Expectation>[] = []
  for (const clause of [...linesOf(section), section.otherwise]) {
    if (clause.family !== undefined && clause.family !== family) continue
    const value = expectation(clause, section)
    const covered = clause.numbers.intersect(left)
    spans.push(...covered.ranges.map((range) => ({ ...range, value })))
    left = left.subtract(covered)
  }
  return spans.sort((a, b) => a.from - b.from)
}

function expectation({ treatment, label, at }: Clause, { blocked }: Section): Expectation {
  const clause = { label, at }
  return treatment === 'allow'
    ? { verdict: 'open', clause }
    : { verdict: 'blocked', by: blocked, clause }
}

/**
 * TCP, UDP and the family's ICMP have their own sections. In a sweep of IP protocols, each is
 * probed with one ordinary packet. An IPv6 extension header counts as the protocol after it.
 */
export function protocolSweep(
  spans: RangeMap<Expectation>,
  family: Family,
  decided: (protocol: Exclude<Protocol, 'ip'>) => RangeMap<Expectation>,
): Span<Expectation>[] {
  const own = new Map<number, Expectation>()
  own.set(TCP, valueAt(decided('tcp'), PROTOCOL_SWEEP_PORT)!)
  own.set(UDP, valueAt(decided('udp'), PROTOCOL_SWEEP_PORT)!)
  own.set(ICMP[family], valueAt(decided('icmp'), ECHO_REQUEST[family])!)
  if (family === 6) for (const n of EXTENSION_HEADERS) own.set(n, valueAt(spans, NO_NEXT_HEADER)!)
  return spans.flatMap((span) => replaced(span, own))
}

function replaced(
  span: Span<Expectation>,
  own: ReadonlyMap<number, Expectation>,
): Span<Expectation>[] {
  const inside = [...own.keys()].filter((n) => span.from <= n && n <= span.to).sort((a, b) => a - b)
  const spans: Span<Expectation>[] = []
  let next = span.from
  for (const n of inside) {
    if (next < n) spans.push({ from: next, to: n - 1, value: span.value })
    spans.push({ from: n, to: n, value: own.get(n)! })
    next = n + 1
  }
  if (next <= span.to) spans.push({ from: next, to: span.to, value: span.value })
  return spans
}
