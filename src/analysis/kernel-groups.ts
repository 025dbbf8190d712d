/**
 * Numbers that the kernel itself distinguishes, whatever the rules say: members of one class of a
 * ruleset may differ for this reason alone.
 */
import type { Family, Protocol } from '../net/protocol.ts'
import { join, type RangeMap } from '../net/range-map.ts'

type Groups = readonly (readonly number[])[]

const upTo = (last: number): readonly number[] => Array.from({ length: last + 1 }, (_, i) => i)

/**
 * Requests begin a flow, replies belong to one, other types are invalid
 * (nf_conntrack_proto_icmp.c). The kernel sends no error about an error or about a type that it
 * does not know (icmp_pointers of net/ipv4/icmp.c; RFC 4443 §2.4 e).
 */
const ICMP: Readonly<Record<Family, Groups>> = {
  4: [
    [8, 13, 15, 17],
    [0, 14, 16, 18],
  ],
  // Neighbour discovery and multicast listener messages are not tracked
  // (nf_conntrack_proto_icmpv6.c).
  6: [[128, 139], [130, 131, 132, 133, 134, 135, 136, 143, 151, 152], upTo(127)],
}

/**
 * Protocols with their own tracker, those that `reject` answers with any checksum
 * (nf_reject_verify_csum), and IPv6 extension headers, which are not protocols (RFC 8200 §4).
 */
const PROTOCOLS: Groups = [
  ...[1, 6, 17, 33, 47, 50, 51, 58, 108, 132, 136],
  ...[0, 43, 44, 59, 60, 135, 139, 140],
].map((number) => [number])

/** Classes, split where the kernel makes a difference. It treats all ports alike. */
export function withKernelGroups(
  classes: RangeMap<number>,
  protocol: Protocol,
  family: Family,
): RangeMap<number> {
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
