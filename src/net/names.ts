/** Names of ICMP types and IP protocols that a policy file may use, with their numbers. */
import type { Family } from './protocol.ts'

/** RFC 792, RFC 950, RFC 1256; RFC 4443, RFC 4861, RFC 2710, RFC 3810. A type that a family lacks is absent. */
export const ICMP_TYPES: Readonly<Record<string, Readonly<Partial<Record<Family, number>>>>> = {
  'echo-reply': { 4: 0, 6: 129 },
  'destination-unreachable': { 4: 3, 6: 1 },
  'packet-too-big': { 6: 2 },
  redirect: { 4: 5, 6: 137 },
  'echo-request': { 4: 8, 6: 128 },
  'router-advertisement': { 4: 9, 6: 134 },
  'router-solicitation': { 4: 10, 6: 133 },
  'time-exceeded': { 4: 11, 6: 3 },
  'parameter-problem': { 4: 12, 6: 4 },
  'timestamp-request': { 4: 13 },
  'timestamp-reply': { 4: 14 },
  'address-mask-request': { 4: 17 },
  'address-mask-reply': { 4: 18 },
  'neighbour-solicitation': { 6: 135 },
  'neighbour-advertisement': { 6: 136 },
}

/**
 * IANA, "Assigned Internet Protocol Numbers". TCP, UDP and ICMP have their own sections in a
 * policy.
 */
export const IP_PROTOCOLS: Readonly<Record<string, number>> = {
  igmp: 2,
  ipip: 4,
  ipv6: 41,
  gre: 47,
  esp: 50,
  ah: 51,
  ospf: 89,
  pim: 103,
  vrrp: 112,
  l2tp: 115,
  sctp: 132,
  udplite: 136,
}
