/** The dimensions of a sweep: direction, family and protocol. */

/** IP version. */
export type Family = 4 | 6

/**
 * The numbers of a sweep: `tcp` and `udp` ports 0–65535, `icmp` types 0–255 (ICMPv6 types over
 * IPv6), `ip` protocol numbers 0–255 (RFC 791, RFC 8200 next headers).
 */
export type Protocol = 'tcp' | 'udp' | 'icmp' | 'ip'

export const PROTOCOLS: readonly Protocol[] = ['tcp', 'udp', 'icmp', 'ip']
export const FAMILIES: readonly Family[] = [4, 6]

/** The highest number of a protocol. */
export function lastNumber(protocol: Protocol): number {
  return protocol === 'tcp' || protocol === 'udp' ? 65535 : 255
}

export function familyName(family: Family): 'IPv4' | 'IPv6' {
  return family === 4 ? 'IPv4' : 'IPv6'
}

/** `TCP`, `UDP`, `ICMP` or `ICMPv6`, `IP protocols`. */
export function protocolName(protocol: Protocol, family: Family): string {
  if (protocol === 'icmp') return family === 4 ? 'ICMP' : 'ICMPv6'
  return protocol === 'ip' ? 'IP protocols' : protocol.toUpperCase()
}

export const PORT_PROTOCOLS = ['tcp', 'udp'] as const

export type PortProtocol = (typeof PORT_PROTOCOLS)[number]

export const hasPorts = (protocol: Protocol): protocol is PortProtocol =>
  protocol === 'tcp' || protocol === 'udp'
