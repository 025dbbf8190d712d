/** The packet field that a rule compares: `iifname`, `ip saddr`, `fib daddr . iif type` … */
import type { Token } from './tokens.ts'

export type Field = 'in' | 'out' | 'bridge' | 'interface' | 'from' | 'to' | 'other'

export interface Selector {
  readonly field: Field
  /** The index of the token after it. */
  readonly next: number
}

const BY_META: Readonly<Record<string, Field>> = {
  iif: 'in',
  iifname: 'in',
  oif: 'out',
  oifname: 'out',
  sdif: 'interface',
  sdifname: 'interface',
  // Older names for the ports of a bridge and the bridge (nft(8), META EXPRESSIONS).
  ibriport: 'bridge',
  obriport: 'bridge',
  ibrname: 'bridge',
  obrname: 'bridge',
}

const BY_ADDRESS: Readonly<Record<string, Field>> = { saddr: 'from', daddr: 'to' }

/** One word, without a protocol before it. */
const ALONE = new Set([
  ...['mark', 'skuid', 'skgid', 'pkttype', 'protocol', 'nfproto', 'l4proto', 'cpu', 'iiftype'],
  ...['oiftype', 'iifgroup', 'oifgroup', 'cgroup', 'time', 'day', 'hour', 'length', 'priority'],
])

/** A field name follows. */
const PROTOCOLS = new Set([
  ...['tcp', 'udp', 'th', 'sctp', 'dccp', 'udplite', 'icmp', 'icmpv6', 'igmp', 'ah', 'esp'],
  ...['comp', 'ether', 'vlan', 'arp', 'rt', 'socket', 'osf', 'ipsec', 'frag', 'hbh', 'dst'],
])

/** Undefined if no selector begins here. */
export function selectorAt(tokens: readonly Token[], at: number): Selector | undefined {
  const token = tokens[at]
  if (token?.kind !== 'word') return undefined
  const { text } = token
  const second = tokens[at + 1]?.text ?? ''
  if (text === 'meta') return { field: BY_META[second] ?? 'other', next: at + 2 }
  if (BY_META[text]) return { field: BY_META[text], next: at + 1 }
  if (text === 'ip' || text === 'ip6') return { field: BY_ADDRESS[second] ?? 'other', next: at + 2 }
  if (text === 'ct') return tracked(tokens, at)
  if (text === 'fib') return looked(tokens, at)
  if (text === 'arp' && BY_ADDRESS[second]) return { field: 'other', next: at + 3 }
  if (PROTOCOLS.has(text)) return { field: 'other', next: at + 2 }
  return ALONE.has(text) ? { field: 'other', next: at + 1 } : undefined
}

/** `ct state`, `ct original ip saddr`. */
function tracked(tokens: readonly Token[], at: number): Selector {
  const text = (place: number): string => tokens[place]?.text ?? ''
  if (!/^(original|reply)$/.test(text(at + 1))) return { field: 'other', next: at + 2 }
  const next = /^(ip|ip6)$/.test(text(at + 2)) ? at + 4 : at + 3
  return { field: 'other', next }
}

/** `fib saddr . iif oif`: words separated by dots, then the result to compare. */
function looked(tokens: readonly Token[], at: number): Selector {
  let next = at + 2
  while (tokens[next]?.text === '.') next += 2
  const asked = tokens[next]?.text ?? ''
  return { field: /^oif(name)?$/.test(asked) ? 'interface' : 'other', next: next + 1 }
}

export interface Selectors {
  readonly fields: readonly Field[]
  readonly next: number
}

/** A concatenation; with one part if there is no dot. */
export function selectorsAt(tokens: readonly Token[], at: number): Selectors | undefined {
  const fields: Field[] = []
  let next = at
  do {
    const one = selectorAt(tokens, fields.length === 0 ? next : next + 1)
    if (!one) return fields.length === 0 ? undefined : { fields, next: next + 1 }
    fields.push(one.field)
    next = masked(tokens, one.next)
  } while (tokens[next]?.kind === 'word' && tokens[next]?.text === '.')
  return { fields, next }
}

/** The index after `& 255.255.255.0`, `& (fin | syn)`, `mod 2`. */
function masked(tokens: readonly Token[], at: number): number {
  let next = at
  while (/^([&|^]|<<|>>)$/.test(tokens[next]?.text ?? '') && tokens[next]?.kind === 'punctuation') {
    next++
    if (tokens[next]?.text === '(')
      while (next < tokens.length && tokens[next]?.text !== ')') next++
    next++
  }
  return next
}
