/** Reads ports, ICMP types and protocol numbers from policy files. */

import { quoted } from '../input/quoted.ts'
import { suggestion } from '../input/suggestion.ts'
import { ICMP_TYPES, IP_PROTOCOLS } from '../net/names.ts'
import { PortSet, PortsError } from '../net/port-set.ts'
import type { Family } from '../net/protocol.ts'

/** The numbers, or the error. */
export type NumbersReading<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly message: string }

export interface Fault {
  /** The index in a list. Empty if the value is not a list. */
  readonly path: readonly number[]
  readonly message: string
}

/** The errors of a value, entry by entry. The reader itself stops at the first. */
export function faultsIn(
  value: unknown,
  read: (value: unknown) => NumbersReading<unknown>,
): Fault[] {
  const entries = Array.isArray(value) && value.length > 0 ? value : undefined
  const faultOf = (one: unknown, path: readonly number[]): Fault[] => {
    const reading = read(one)
    return reading.ok ? [] : [{ path, message: reading.message }]
  }
  return entries ? entries.flatMap((one, i) => faultOf(one, [i])) : faultOf(value, [])
}

const PORTS_HINT = 'a port from 0 to 65535, a range like "1-1024", or a list of these'

/** `22`, `"1-1024"`, `[80, 443, "8000-8999"]`. */
export function readPorts(value: unknown): NumbersReading<PortSet> {
  return readList(value, PORTS_HINT, (item) => readOne(item, PORTS_HINT))
}

/**
 * The numbers that are listed one by one: 80 and 443 of `[80, "443,8000-8999"]`. The value must be
 * valid.
 */
export function singlePorts(value: unknown): number[] {
  const parts = (Array.isArray(value) ? value : [value]).flatMap((item) => String(item).split(','))
  return parts.flatMap((part) => {
    const { ranges } = PortSet.parse(part)
    return ranges.flatMap(({ from, to }) => (from === to ? [from] : []))
  })
}

function readOne(item: unknown, hint: string): PortSet {
  if (typeof item === 'number' || typeof item === 'string') return PortSet.parse(String(item))
  throw new PortsError(String(item), `must be ${hint}`)
}

function readList(
  value: unknown,
  hint: string,
  read: (item: unknown) => PortSet,
): NumbersReading<PortSet> {
  const items = Array.isArray(value) ? value : [value]
  if (items.length === 0) return { ok: false, message: `[]: must be ${hint}` }
  try {
    return { ok: true, value: PortSet.from(items.flatMap((item) => read(item).ranges)) }
  } catch (error) {
    if (error instanceof PortsError) return { ok: false, message: error.message }
    throw error
  }
}

const PROTOCOLS_HINT = 'a protocol number from 0 to 255, its name, a range, or a list of these'

/** `47`, `gre`, `"100-110"`, `[gre, esp]`. */
export function readProtocols(value: unknown): NumbersReading<PortSet> {
  return readList(value, PROTOCOLS_HINT, (item) => {
    if (typeof item === 'string' && /^[a-z]/i.test(item)) return PortSet.of(protocolNumber(item))
    return upTo255(readOne(item, PROTOCOLS_HINT), item)
  })
}

function protocolNumber(name: string): number {
  const number = IP_PROTOCOLS[name.toLowerCase()]
  if (number !== undefined) return number
  const sections = ['tcp', 'udp', 'icmp', 'icmpv6']
  if (sections.includes(name.toLowerCase()))
    throw new PortsError(name, `${name} has its own section: move it there`)
  throw new PortsError(name, `unknown IP protocol${suggestion(name, Object.keys(IP_PROTOCOLS))}`)
}

function upTo255(numbers: PortSet, item: unknown): PortSet {
  const last = numbers.ranges.at(-1)?.to ?? 0
  if (last > 255) throw new PortsError(String(item), `${last} is above 255, the last number`)
  return numbers
}

export type TypesByFamily = Readonly<Record<Family, PortSet>>

const TYPES_HINT = 'the name of an ICMP type, "ipv4/13", "ipv6/133-137", or a list of these'

/** `echo-request`, `"ipv4/13"`, `[destination-unreachable, "ipv6/135"]`. */
export function readTypes(value: unknown): NumbersReading<TypesByFamily> {
  const families = [4, 6] as const
  const read = (family: Family) => readList(value, TYPES_HINT, (item) => typesOf(item, family))
  const [four, six] = families.map(read) as [NumbersReading<PortSet>, NumbersReading<PortSet>]
  if (!four.ok) return four
  if (!six.ok) return six
  return { ok: true, value: { 4: four.value, 6: six.value } }
}

function typesOf(item: unknown, family: Family): PortSet {
  if (typeof item !== 'string') throw new PortsError(quoted(item), `must be ${TYPES_HINT}`)
  const numbered = /^ipv([46])\/(.+)$/.exec(item)
  if (numbered) {
    const types = upTo255(PortSet.parse(numbered[2]!), item)
    return Number(numbered[1]) === family ? types : PortSet.empty
  }
  const known = ICMP_TYPES[item]
  if (!known)
    throw new PortsError(item, `unknown ICMP type${suggestion(item, Object.keys(ICMP_TYPES))}`)
  const number = known[family]
  return number === undefined ? PortSet.empty : PortSet.of(number)
}
