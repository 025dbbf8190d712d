/** The right side of a comparison: the values of its field. */
import ipaddr from 'ipaddr.js'
import { fourParts, numberOf } from '../net/address.ts'
import { type Interval, intersect, normalise } from '../net/interval-set.ts'
import type { Family } from '../net/protocol.ts'
import { isAddressField, widthOf } from './facts.ts'
import { isObject, type Json, listOf, within } from './json.ts'
import type { NumberOperand } from './operand.ts'
import { numberNamed } from './symbols.ts'

/** Values, and the mask if they are not ranges of the whole value. */
export interface Values {
  readonly intervals: readonly Interval[]
  readonly mask?: bigint | number
}

// Masks on fields of at most this many bits are expanded number by number.
const MOST_NUMBERS = 65536

/** The values for which `==` holds and `!=` does not. Undefined if a constant is not understood. */
export function valuesOf(operand: NumberOperand, op: string, right: unknown): Values | undefined {
  const family = operand.family ?? 4
  if (op === 'in' || op === '!') return flagged(operand, right)
  const parsed = isAddressField(operand.field)
    ? addresses(family, right)
    : numbers(operand, Array.isArray(right) ? [{ '|': right }] : listOf(right))
  if (!parsed) return undefined
  const last = lastOf(operand)
  const wanted = compared(op, parsed, last)
  const mask = maskOf(operand)
  if (mask === undefined && operand.mask !== undefined) return undefined
  return mask === undefined
    ? { intervals: shifted(wanted, operand, last) }
    : unmasked(wanted, mask, last)
}

const lastOf = ({ field, family }: NumberOperand): bigint | number => {
  const width = widthOf(field, family ?? 4)
  return isAddressField(field) ? (1n << BigInt(width)) - 1n : 2 ** width - 1
}

function compared(op: string, values: readonly Interval[], last: bigint | number): Interval[] {
  const all = normalise(values)
  const [first] = all
  if (!first) return []
  const zero = (typeof last === 'bigint' ? 0n : 0) as number
  const [value, max] = [first[0] as number, last as number]
  const one = (typeof last === 'bigint' ? 1n : 1) as number
  switch (op) {
    case '<':
      return value > zero ? [[zero, value - one]] : []
    case '<=':
      return [[zero, value]]
    case '>':
      return value < max ? [[value + one, max]] : []
    case '>=':
      return [[value, max]]
    default:
      return all
  }
}

/** Converts the length of an inner part to the length of the whole packet. */
function shifted(
  values: Interval[],
  { offset = 0 }: NumberOperand,
  last: bigint | number,
): Interval[] {
  if (offset === 0) return values
  const moved = (values as Interval<number>[]).map(
    ([from, to]): Interval<number> => [from + offset, to + offset],
  )
  return intersect(moved, [[0, last as number]])
}

function maskOf({ field, family, mask }: NumberOperand): bigint | number | undefined {
  if (isAddressField(field))
    return typeof mask === 'string' ? address(family ?? 4, mask) : undefined
  return numberFrom({ field, family: family ?? 4 }, mask)
}

// A mask of leading ones gives ranges. Any other mask keeps the values as they are.
function unmasked(
  values: readonly Interval[],
  mask: bigint | number,
  last: bigint | number,
): Values {
  if (typeof mask === 'number' && (last as number) < MOST_NUMBERS)
    return {
      intervals: holding(
        (n) => values.some(([from, to]) => from <= (n & mask) && (n & mask) <= to),
        last as number,
      ),
    }
  const [wide, max] = [BigInt(mask), BigInt(last)]
  const low = max & ~wide
  const isNumber = typeof last === 'number'
  if ((low & (low + 1n)) !== 0n) return { intervals: values, mask }
  const ranges = values.flatMap(([from, to]): Interval<bigint>[] => {
    const first = (BigInt(from) + low) & wide
    const end = BigInt(to) & wide
    return first <= end ? [[first, end | low]] : []
  })
  const whole = normalise(ranges)
  return {
    intervals: isNumber ? whole.map(([from, to]) => [Number(from), Number(to)] as const) : whole,
  }
}

/** TCP flags and similar fields: any of these bits. */
function flagged(operand: NumberOperand, right: unknown): Values | undefined {
  const last = lastOf(operand)
  const bits = numberFrom(operand, Array.isArray(right) ? { '|': right } : right)
  if (bits === undefined || typeof last === 'bigint' || last >= MOST_NUMBERS) return undefined
  return { intervals: holding((n) => (n & bits) !== 0, last) }
}

function holding(test: (n: number) => boolean, last: number): Interval<number>[] {
  const found: Interval<number>[] = []
  for (let n = 0; n <= last; n++) if (test(n)) found.push([n, n])
  return normalise(found)
}

function numbers(
  operand: NumberOperand,
  values: readonly unknown[],
): Interval<number>[] | undefined {
  const found: Interval<number>[] = []
  for (const value of values) {
    const some =
      isObject(value) && 'set' in value
        ? numbers(operand, listOf(value.set))
        : numberIntervals(operand, value)
    if (!some) return undefined
    for (const interval of some) found.push(interval)
  }
  return found
}

/** Empty if a range ends before it begins. */
function numberIntervals(operand: NumberOperand, value: unknown): Interval<number>[] | undefined {
  if (value === '*') return [[0, lastOf(operand) as number]]
  const inner = isObject(value) ? value.range : undefined
  const [from, to] = (Array.isArray(inner) ? inner : [value, value]).map((n) =>
    numberFrom(operand, n),
  )
  if (from === undefined || to === undefined) return undefined
  return from <= to ? [[from, to]] : []
}

function numberFrom(
  { field, family }: { readonly field: NumberOperand['field']; readonly family?: Family },
  value: unknown,
): number | undefined {
  if (typeof value === 'number') return value
  if (Array.isArray(value)) return numberFrom({ field, ...(family && { family }) }, { '|': value })
  if (isObject(value)) {
    if (!Array.isArray(value['|'])) return undefined
    const bits = value['|'].map((bit) => numberFrom({ field, ...(family && { family }) }, bit))
    return bits.some((bit) => bit === undefined)
      ? undefined
      : bits.reduce<number>((all, bit) => (all | bit!) >>> 0, 0)
  }
  if (typeof value !== 'string') return undefined
  if (/^(0x[0-9a-f]+|\d+)$/i.test(value)) return Number(value)
  return numberNamed(field, family, value)
}

const address = (family: Family, text: string): bigint | undefined => {
  const four = family === 4 ? fourParts(text) : undefined
  if (four !== undefined) return BigInt(four)
  const isValid =
    family === 4
      ? ipaddr.IPv4.isValidFourPartDecimal(text)
      : text.includes(':') && ipaddr.IPv6.isValid(text)
  return isValid ? numberOf(text) : undefined
}

/** Addresses, prefixes, ranges and lists of them. Undefined if one is not understood. */
export function addresses(family: Family, right: unknown): Interval<bigint>[] | undefined {
  const found: Interval<bigint>[] = []
  const items = isObject(right) && 'set' in right ? listOf(right.set) : listOf(right)
  for (const item of items) {
    const interval = addressInterval(family, item)
    if (!interval) return undefined
    found.push(interval)
  }
  return found
}

function addressInterval(family: Family, item: unknown): Interval<bigint> | undefined {
  const max = (1n << (family === 4 ? 32n : 128n)) - 1n
  if (item === '*') return [0n, max]
  if (typeof item === 'number') return family === 4 ? [BigInt(item), BigInt(item)] : undefined
  if (typeof item === 'string') {
    const value = address(family, item)
    return value === undefined ? undefined : [value, value]
  }
  const prefix = within(item, 'prefix')
  return prefix ? prefixInterval(family, prefix) : rangeInterval(family, item)
}

function prefixInterval(family: Family, { addr, len }: Json): Interval<bigint> | undefined {
  const base = typeof addr === 'string' ? address(family, addr) : undefined
  if (base === undefined || typeof len !== 'number') return undefined
  const low = (1n << BigInt((family === 4 ? 32 : 128) - len)) - 1n
  return [base & ~low, base | low]
}

function rangeInterval(family: Family, item: unknown): Interval<bigint> | undefined {
  const range = isObject(item) && Array.isArray(item.range) ? item.range : undefined
  if (!range || typeof range[0] !== 'string' || typeof range[1] !== 'string') return undefined
  const [from, to] = [address(family, range[0]), address(family, range[1])]
  return from === undefined || to === undefined || from > to ? undefined : [from, to]
}
