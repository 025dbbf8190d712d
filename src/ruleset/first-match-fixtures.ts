/** The first rule of a compiled chain that a packet meets, read from the text of the ruleset. */

import { contains, prefixIn } from '../net/prefix.ts'

export interface Packet {
  readonly iifname?: string
  readonly oifname?: string
  readonly family: 4 | 6
  readonly source: string
  readonly target: string
  /** An IP protocol number. */
  readonly protocol: number
  /** A port, or an ICMP type. */
  readonly number: number
}

export interface Deciding {
  /** Its place among the rules of the chain. */
  readonly index: number
  readonly text: string
  readonly verdict: string
}

/** The rules of a chain of new flows: without those about established ones and the loopback. */
export function rulesOfChain(ruleset: string, name: string): string[] {
  const [, body = ''] = ruleset.split(`\tchain ${name} {\n`)
  return body
    .slice(0, body.indexOf('\n\t}'))
    .split('\n')
    .map((line) => line.trim())
    .filter(
      (line) => !/^(?:type filter|ct |[io]if "lo"|\S+ \S+ iifname \. ip)/.test(line) && line !== '',
    )
}

/** Throws for a rule with a condition that it does not know. */
export function firstMatch(rules: readonly string[], packet: Packet): Deciding | undefined {
  const index = rules.findIndex((text) => meets(text, packet))
  if (index < 0) return undefined
  const text = rules[index]!
  const [, verdict = ''] = /counter (accept|drop|reject)/.exec(text) ?? []
  return { index, text, verdict }
}

/** The link of every project. */
export const PROJECT_LINK = 'shop0'

const isWithin = (address: string, prefix: string): boolean =>
  contains(prefixIn(prefix)!, prefixIn(address)!)

const PROTOCOLS: Readonly<Record<string, number>> = { tcp: 6, udp: 17, icmp: 1, icmpv6: 58 }

const CONDITION =
  /^\s*([io]ifname|ip6? [sd]addr|meta nfproto(?: \. meta l4proto)?|meta l4proto|(?:tcp|udp) dport|icmp(?:v6)? type) (!= )?(?:\{ ([^}]*) \}|(\S+)) /

function meets(text: string, packet: Packet): boolean {
  let rest = text.slice(0, text.indexOf('counter '))
  while (rest.trim() !== '') {
    const [whole, key, negation, listed, one] = CONDITION.exec(rest) ?? []
    if (whole === undefined || key === undefined) throw new Error(`unknown condition: ${rest}`)
    const values = (listed ?? one!).split(', ')
    if (values.some((value) => isMet(key, value, packet)) === (negation !== undefined)) return false
    rest = rest.slice(whole.length)
  }
  return true
}

function isMet(key: string, value: string, packet: Packet): boolean {
  const { family, protocol, number } = packet
  const isIn = (n: number): boolean => {
    const [from, to = from] = value.split('-').map(Number)
    return from! <= n && n <= to!
  }
  switch (key) {
    case 'iifname':
    case 'oifname':
      if (value === '@project_links') return packet[key] === PROJECT_LINK
      return packet[key] !== undefined && JSON.stringify(packet[key]) === value
    case 'ip saddr':
      return family === 4 && isWithin(packet.source, value)
    case 'ip daddr':
      return family === 4 && isWithin(packet.target, value)
    case 'ip6 saddr':
      return family === 6 && isWithin(packet.source, value)
    case 'ip6 daddr':
      return family === 6 && isWithin(packet.target, value)
    case 'meta nfproto':
      return value === `ipv${family}`
    case 'meta l4proto':
      return PROTOCOLS[value] === undefined ? isIn(protocol) : PROTOCOLS[value] === protocol
    case 'meta nfproto . meta l4proto':
      return value === (family === 4 ? 'ipv4 . icmp' : 'ipv6 . icmpv6') && isIcmp(packet)
    case 'tcp dport':
    case 'udp dport':
      return PROTOCOLS[key.slice(0, 3)] === protocol && isIn(number)
    case 'icmp type':
      return family === 4 && isIcmp(packet) && isIn(number)
    case 'icmpv6 type':
      return family === 6 && isIcmp(packet) && isIn(number)
    default:
      throw new Error(`unknown condition: ${key}`)
  }
}

const isIcmp = ({ family, protocol }: Packet): boolean => protocol === (family === 4 ? 1 : 58)
