/** Reads packets as a user writes them: `tcp/25`, `icmp/echo-request`, and TCP flags by name. */

import { ICMP_TYPES, IP_PROTOCOLS } from './names.ts'
import { type Family, lastNumber, PROTOCOLS, type Protocol } from './protocol.ts'

export interface PacketName {
  readonly protocol: Protocol
  readonly number: number
}

/**
 * Undefined for invalid text. Numbers are ports, ICMP types or IP protocols. The latter two may
 * also be names.
 */
export function readPacketName(text: string, family: Family): PacketName | undefined {
  const match = /^([a-z]+)\/([\w-]+)$/.exec(text)
  const protocol = PROTOCOLS.find((known) => known === match?.[1])
  if (!match || !protocol) return undefined
  const number = numberOf(protocol, match[2]!, family)
  return number === undefined || number > lastNumber(protocol) ? undefined : { protocol, number }
}

function numberOf(protocol: Protocol, text: string, family: Family): number | undefined {
  if (/^\d+$/.test(text)) return Number(text)
  if (protocol === 'icmp') return ICMP_TYPES[text]?.[family]
  return protocol === 'ip' ? IP_PROTOCOLS[text] : undefined
}

/** RFC 9293 §3.1. */
const FLAGS = ['fin', 'syn', 'rst', 'psh', 'ack', 'urg', 'ece', 'cwr'] as const

/** `syn,ack` → bits; `none` → 0. Undefined if a name is unknown. */
export function readFlags(text: string): number | undefined {
  if (text === 'none') return 0
  const bits = text.split(',').map((name) => FLAGS.indexOf(name as (typeof FLAGS)[number]))
  return bits.includes(-1) ? undefined : bits.reduce((all, bit) => all | (1 << bit), 0)
}

export function flagsText(bits: number): string {
  return FLAGS.filter((_, bit) => bits & (1 << bit)).join(',') || 'none'
}
