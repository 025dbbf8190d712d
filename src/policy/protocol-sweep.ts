/** What is expected of IP protocols that have statements of their own: TCP, UDP, ICMP. */
import type { Family, Protocol } from '../net/protocol.ts'
import { type RangeMap, type Span, valueAt } from '../net/range-map.ts'
import type { Expectation } from './expectation.ts'

/** In a sweep of IP protocols, TCP and UDP are each probed with one packet to this port. */
export const PROTOCOL_SWEEP_PORT = 443

// Extension headers (RFC 8200 §4; nftables counts AH as a protocol) are not the packet's protocol:
// the header after them is. In a sweep of IP protocols, "no next header" follows.
const EXTENSION_HEADERS = [0, 43, 44, 60]
const NO_NEXT_HEADER = 59

const TCP = 6
const UDP = 17
const ICMP: Readonly<Record<Family, number>> = { 4: 1, 6: 58 }
const ECHO_REQUEST: Readonly<Record<Family, number>> = { 4: 8, 6: 128 } // RFC 792, RFC 4443 §4.1

/**
 * TCP, UDP and the family's ICMP have their own statements. In a sweep of IP protocols, each is
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
