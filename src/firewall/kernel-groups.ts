/**
 * Numbers that connection tracking itself tells apart, whatever the rules say:
 * members of one class of a ruleset may differ for that reason alone.
 */
import type { Family, Protocol } from '../flow.ts'
import { join, type Spans } from '../spans.ts'

type Groups = readonly (readonly number[])[]

/** Requests begin a flow (nf_conntrack_proto_icmp.c); all others are known flows' or invalid. */
const ICMP: Readonly<Record<Family, Groups>> = {
  4: [[8, 13, 15, 17]],
  // Neighbour discovery and multicast listeners are not tracked (nf_conntrack_proto_icmpv6.c).
  6: [
    [128, 139],
    [130, 131, 132, 133, 134, 135, 136, 137, 143],
  ],
}

/** Protocols with a tracker of their own, and extension headers of IPv6, which are none (RFC 8200 §4). */
const PROTOCOLS: Groups = [
  ...[1, 6, 17, 33, 47, 58, 132, 136].map((number) => [number]),
  [0, 43, 44, 50, 51, 59, 60, 135, 139, 140],
]

/** Classes split where the kernel makes a difference. Ports are all alike to it. */
export function withKernelGroups(
  classes: Spans<number>,
  protocol: Protocol,
  family: Family,
): Spans<number> {
  if (protocol === 'tcp' || protocol === 'udp') return classes
  const groups = protocol === 'icmp' ? ICMP[family] : PROTOCOLS
  const kernel = Array.from({ length: 256 }, (_, number) => ({
    from: number,
    to: number,
    value: groups.findIndex((group) => group.includes(number)) + 1,
  }))
  const count = groups.length + 1
  return join(classes, kernel).map(({ from, to, value: [own, group] }) => ({
    from,
    to,
    value: own * count + group,
  }))
}
