/** The connection-tracking state of a probe, as far as it is known before the probe is sent. */
import type { ConnectionState } from '../analysis/conditions.ts'
import type { Family } from '../net/protocol.ts'
import type { Sent } from './sent.ts'

const [FIN, SYN, RST, ACK] = [0x01, 0x02, 0x04, 0x10]

/** Types that open a flow of their own: RFC 792, RFC 950, RFC 4443 §4, RFC 4620. */
export const ICMP_REQUESTS: Readonly<Record<Family, readonly number[]>> = {
  4: [8, 13, 15, 17],
  6: [128, 139],
}
/** Types that report errors about a flow that the kernel looks for. */
export const ICMP_ABOUT: Readonly<Record<Family, readonly number[]>> = {
  4: [3, 4, 5, 11, 12],
  6: [1, 2, 3, 4],
}
/** Multicast listeners and neighbours: ICMPv6 types that are never tracked (nf_conntrack_proto_icmpv6.c). */
const UNTRACKED = [130, 134] as const

/**
 * `number`: the port of the probe; undefined: any port. Rules with `notrack` may change the state.
 */
export function stateOf(
  { protocol, family, packet, inFlow = false }: Sent,
  number: number | undefined,
): ConnectionState | undefined {
  switch (protocol) {
    case 'tcp':
      return inFlow ? 'established' : ofSegment(packet.flags ?? SYN)
    case 'icmp':
      return number === undefined ? undefined : ofMessage(family, number, inFlow)
    case 'udp':
    case 'ip':
      return inFlow ? 'established' : 'new'
    default:
      throw new Error(`unknown protocol ${protocol satisfies never}`)
  }
}

/** Of no flow: tcp_conntracks of nf_conntrack_proto_tcp.c, first column. */
function ofSegment(flags: number): ConnectionState {
  if (flags & (RST | FIN)) return 'invalid'
  if (flags & SYN) return flags & ACK ? 'invalid' : 'new'
  return flags & ACK ? 'new' : 'invalid'
}

function ofMessage(family: Family, type: number, inFlow: boolean): ConnectionState {
  if (ICMP_REQUESTS[family].includes(type)) return inFlow ? 'established' : 'new'
  if (ICMP_ABOUT[family].includes(type)) return inFlow ? 'related' : 'invalid'
  const isUntracked = family === 6 && UNTRACKED[0] <= type && type <= UNTRACKED[1]
  return isUntracked ? 'untracked' : 'invalid'
}
