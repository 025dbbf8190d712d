/** The left side of a comparison: the packet field, if probes can vary it. */
import type { Family } from '../net/protocol.ts'
import type { Field } from './facts.ts'
import { isObject, listOf, numberIn, textIn } from './json.ts'

export type Operand =
  | NumberOperand
  | { readonly kind: 'interface'; readonly direction: 'in' | 'out' }
  /** The family or the state of the flow determines it, so it needs no variation. */
  | { readonly kind: 'settled' }
  | { readonly kind: 'turns'; readonly count: number }
  | { readonly kind: 'random'; readonly count: number }
  | { readonly kind: 'opaque'; readonly what: string }

export interface NumberOperand {
  readonly kind: 'number'
  readonly field: Field
  readonly family?: Family
  readonly protocol?: string
  /** Header bytes that the constant of a length comparison does not count. */
  readonly offset?: number
  /** The constant as written: a number or an address. */
  readonly mask?: unknown
}

const IP_HEADER = { 4: 20, 6: 40 } as const
const RANDOM_TRIES = 1000

/** `family`: the family of the rule, if known. */
export function operandOf(left: unknown, family: Family | undefined): Operand {
  if (!isObject(left)) return opaque('?')
  const [kind, value] = Object.entries(left)[0] ?? ['?', undefined]
  if (kind === '&') return masked(listOf(value), family)
  if (!isObject(value)) return opaque(kind)
  switch (kind) {
    case 'payload':
      return textIn(value, 'protocol') === undefined ? raw(value, family) : payload(value, family)
    case 'meta':
      return meta(textIn(value, 'key') ?? '?')
    case 'ct':
      return tracked(value)
    case 'numgen': {
      const count = numberIn(value, 'mod') ?? 2
      return { kind: value.mode === 'inc' ? 'turns' : 'random', count }
    }
    default:
      return opaque(selectorName(kind, value))
  }
}

const opaque = (what: string): Operand => ({ kind: 'opaque', what })

function selectorName(kind: string, value: Readonly<Record<string, unknown>>): string {
  if (kind === 'fib') return `fib ${listOf(value.flags).join(' . ')} ${value.result}`
  const parts = [value.name, value.key, value.field].filter((part) => typeof part === 'string')
  return [kind, ...parts].join(' ')
}

function masked([inner, mask]: readonly unknown[], family: Family | undefined): Operand {
  const operand = operandOf(inner, family)
  if (operand.kind === 'number')
    return operand.mask === undefined ? { ...operand, mask } : opaque('bits')
  return operand.kind === 'interface' ? opaque('interface bits') : operand
}

function meta(key: string): Operand {
  switch (key) {
    case 'iif':
    case 'iifname':
      return { kind: 'interface', direction: 'in' }
    case 'oif':
    case 'oifname':
      return { kind: 'interface', direction: 'out' }
    case 'nfproto':
    case 'protocol':
    case 'nftrace':
      return { kind: 'settled' }
    case 'l4proto':
      return { kind: 'number', field: 'protocol' }
    case 'length':
      return { kind: 'number', field: 'length' }
    case 'mark':
      return { kind: 'number', field: 'mark' }
    case 'random':
      return { kind: 'random', count: RANDOM_TRIES / 20 }
    default:
      return opaque(`meta ${key}`)
  }
}

// For the original direction of a flow, tracking keeps the values of the first packet.
function tracked(value: Readonly<Record<string, unknown>>): Operand {
  const key = textIn(value, 'key') ?? '?'
  if (['state', 'direction'].includes(key)) return { kind: 'settled' }
  // The protocol may stand before a port: "ip proto-src".
  const name = /^(?:ip6? )?(proto-\w+)$/.exec(key)?.[1] ?? key
  const known = value.dir === 'original' ? TRACKED[name] : undefined
  return known
    ? { kind: 'number', ...known }
    : opaque(['ct', value.dir, key].filter(Boolean).join(' '))
}

const TRACKED: Readonly<Partial<Record<string, Omit<NumberOperand, 'kind'>>>> = {
  __proto__: null as never,
  'ip saddr': { field: 'source', family: 4 },
  'ip daddr': { field: 'destination', family: 4 },
  'ip6 saddr': { field: 'source', family: 6 },
  'ip6 daddr': { field: 'destination', family: 6 },
  'proto-src': { field: 'sourcePort' },
  'proto-dst': { field: 'destinationPort' },
}

const HEADER_FIELDS: Readonly<Record<string, Omit<NumberOperand, 'kind'>>> = {
  'ip saddr': { field: 'source', family: 4 },
  'ip daddr': { field: 'destination', family: 4 },
  'ip6 saddr': { field: 'source', family: 6 },
  'ip6 daddr': { field: 'destination', family: 6 },
  'ip protocol': { field: 'protocol', family: 4 },
  'ip6 nexthdr': { field: 'protocol', family: 6 },
  'ip length': { field: 'length', family: 4 },
  'ip6 length': { field: 'length', family: 6, offset: IP_HEADER[6] },
  'ip ttl': { field: 'ttl', family: 4 },
  'ip6 hoplimit': { field: 'ttl', family: 6 },
  'ip dscp': { field: 'dscp', family: 4 },
  'ip6 dscp': { field: 'dscp', family: 6 },
  'icmp type': { field: 'icmpType', family: 4, protocol: 'icmp' },
  'icmp code': { field: 'icmpCode', family: 4, protocol: 'icmp' },
  'icmpv6 type': { field: 'icmpType', family: 6, protocol: 'ipv6-icmp' },
  'icmpv6 code': { field: 'icmpCode', family: 6, protocol: 'ipv6-icmp' },
  'tcp flags': { field: 'tcpFlags', protocol: 'tcp' },
  'th sport': { field: 'sourcePort' },
  'th dport': { field: 'destinationPort' },
}

// Probes of other protocols have no ports.
const WITH_PORTS = ['tcp', 'udp']

function payload(value: Readonly<Record<string, unknown>>, family: Family | undefined): Operand {
  const protocol = textIn(value, 'protocol') ?? '?'
  const field = textIn(value, 'field') ?? '?'
  const known = HEADER_FIELDS[`${protocol} ${field}`]
  if (known) return { kind: 'number', ...known }
  if (WITH_PORTS.includes(protocol)) {
    if (field === 'sport') return { kind: 'number', field: 'sourcePort', protocol }
    if (field === 'dport') return { kind: 'number', field: 'destinationPort', protocol }
    if (field === 'length' && family)
      return { kind: 'number', field: 'length', family, protocol, offset: IP_HEADER[family] }
  }
  if (`${protocol} ${field}` === 'ether type' || field === 'version') return { kind: 'settled' }
  return opaque(`${protocol} ${field}`)
}

// Offset and length in bits: RFC 791 §3.1, RFC 8200 §3, and the ports, which come first in every
// transport header. IPv6 addresses are longer than JSON's numbers allow.
const RAW: Readonly<Record<string, string>> = {
  'th 0 16': 'th sport',
  'th 16 16': 'th dport',
  '4 nh 16 16': 'ip length',
  '4 nh 64 8': 'ip ttl',
  '4 nh 72 8': 'ip protocol',
  '4 nh 96 32': 'ip saddr',
  '4 nh 128 32': 'ip daddr',
  '6 nh 32 16': 'ip6 length',
  '6 nh 48 8': 'ip6 nexthdr',
  '6 nh 56 8': 'ip6 hoplimit',
}

function raw(value: Readonly<Record<string, unknown>>, family: Family | undefined): Operand {
  const place = `${value.base} ${value.offset} ${value.len}`
  const name = RAW[value.base === 'nh' ? `${family} ${place}` : place]
  if (name) return { kind: 'number', ...HEADER_FIELDS[name]! }
  return opaque(`@${place.replaceAll(' ', ',')}`)
}
