/** Packets of a protocol in the words of nft, for both kinds of policies. */

import { PortSet } from '../net/port-set.ts'
import type { Family, PortProtocol } from '../net/protocol.ts'
import { anonymous } from './text.ts'

export interface Icmp {
  /** A keyword of nft. It knows `ipv6-icmp` only through /etc/protocols. */
  readonly keyword: 'icmp' | 'icmpv6'
  /** Protocol number (IANA). */
  readonly number: number
  readonly family: Family
  readonly nfproto: 'ipv4' | 'ipv6'
}

export const ICMP: Readonly<Record<Family, Icmp>> = {
  4: { keyword: 'icmp', number: 1, family: 4, nfproto: 'ipv4' },
  6: { keyword: 'icmpv6', number: 58, family: 6, nfproto: 'ipv6' },
}

// Protocol numbers (IANA).
export const TCP = 6
export const UDP = 17

/** `tcp dport { 22, 80 }`; all ports are the whole protocol. */
export function portMatch(protocol: PortProtocol, ports: PortSet): string {
  return ports.equals(PortSet.all)
    ? `meta l4proto ${protocol}`
    : `${protocol} dport ${anonymous(ports)}`
}

/** In the family of the types only: nft adds a match of the family. */
export function icmpMatch(family: Family, types: PortSet): string {
  return `${ICMP[family].keyword} type ${anonymous(types)}`
}

/**
 * Every ICMP packet over these families. In one expression, because nft lists a match of the family
 * beside `meta l4proto icmp` without it.
 */
export function icmpOver(...families: readonly Family[]): string {
  const pairs = families.map((family) => `${ICMP[family].nfproto} . ${ICMP[family].keyword}`)
  return `meta nfproto . meta l4proto { ${pairs.join(', ')} }`
}

export function protocolMatch(numbers: PortSet): string {
  return `meta l4proto ${anonymous(numbers)}`
}
