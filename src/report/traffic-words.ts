/**
 * Ranges of a protocol's numbers, written as in a zone policy: `tcp/80`, `icmp/echo-request`,
 * `udp`.
 */

import { ICMP_TYPES, IP_PROTOCOLS } from '../net/names.ts'
import type { Range } from '../net/port-set.ts'
import { type Family, lastNumber, type Protocol } from '../net/protocol.ts'
import { rangeWords } from '../net/text.ts'

/**
 * TCP, UDP, ICMP and ICMPv6 have their own entries. IPv6 extension headers are not protocols (RFC
 * 8200 §4).
 */
const OWN = new Set([1, 6, 17, 58])
const EXTENSION_HEADERS = new Set([0, 43, 44, 60])

/** Empty if the ranges contain no number of this protocol. */
export function trafficWords(
  protocol: Protocol,
  family: Family,
  ranges: readonly Range[],
): string[] {
  if (ranges.some(({ from, to }) => from === 0 && to === lastNumber(protocol)))
    return [wholeOf(protocol)]
  const holes = holesIn(protocol, ranges)
  if (holes) return [`${wholeOf(protocol)} but ${holes.map(rangeWords).join(', ')}`]
  switch (protocol) {
    case 'tcp':
    case 'udp':
      return ranges.map((range) => `${protocol}/${rangeWords(range)}`)
    case 'icmp':
      return ranges.flatMap((range) => named(range, (n) => typeName(family, n), protocol))
    case 'ip': {
      const others = ranges.flatMap((range) => withoutOwn(range, family))
      return others.flatMap((range) => named(range, protocolName, protocol))
    }
    default:
      throw new Error(`unknown protocol ${protocol satisfies never}`)
  }
}

const wholeOf = (protocol: Protocol): string => (protocol === 'ip' ? 'other protocols' : protocol)

/** The missing ranges, if naming them is shorter than naming the present ones. */
function holesIn(protocol: Protocol, ranges: readonly Range[]): Range[] | undefined {
  const isWide = ranges[0]?.from === 0 && ranges.at(-1)?.to === lastNumber(protocol)
  if (!isWide || protocol === 'icmp' || protocol === 'ip') return undefined
  return ranges.slice(1).map(({ from }, i) => ({ from: ranges[i]!.to + 1, to: from - 1 }))
}

/** Up to this many numbers are named one by one. */
const MOST_NAMED = 3

function named(
  range: Range,
  nameOf: (n: number) => string | undefined,
  protocol: Protocol,
): string[] {
  const numbers = Array.from({ length: range.to - range.from + 1 }, (_, i) => range.from + i)
  if (numbers.length > MOST_NAMED) return [`${protocol}/${rangeWords(range)}`]
  return numbers.map((n) => `${protocol}/${nameOf(n) ?? n}`)
}

const typeName = (family: Family, type: number): string | undefined =>
  Object.entries(ICMP_TYPES).find(([, types]) => types[family] === type)?.[0]

const protocolName = (number: number): string | undefined =>
  Object.entries(IP_PROTOCOLS).find(([, known]) => known === number)?.[0]

function withoutOwn({ from, to }: Range, family: Family): Range[] {
  const isOwn = (n: number): boolean => OWN.has(n) || (family === 6 && EXTENSION_HEADERS.has(n))
  const ranges: { from: number; to: number }[] = []
  for (let n = from; n <= to; n++) {
    const last = ranges.at(-1)
    if (isOwn(n)) continue
    if (last?.to === n - 1) last.to = n
    else ranges.push({ from: n, to: n })
  }
  return ranges
}
