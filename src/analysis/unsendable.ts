/** Values that no probe has, of fields that probes vary. */

import { has, type Interval } from '../net/interval-set.ts'
import type { Family } from '../net/protocol.ts'
import type { Comparison } from '../nft/facts.ts'
import type { Rule } from '../nft/rule.ts'
import { lengthsOf } from './field-variation.ts'

/** `protocols`: numbers of the probed packets that reach the rule; absent: all. */
export function unsendable(
  { field, intervals, mask }: Comparison,
  family: Family,
  protocols: readonly number[] | undefined,
): string | undefined {
  switch (field) {
    case 'length': {
      const [shortest, longest] = sentLengths(family, protocols)
      const isOutside = ([from, to]: Interval): boolean => to < shortest || from > longest
      return mask === undefined && intervals.some(isOutside)
        ? `lengths below ${shortest} and above ${longest} bytes`
        : undefined
    }
    // SCTP, DCCP and UDP-Lite have ports too, and any protocol has bytes in their place.
    case 'sourcePort':
    case 'destinationPort':
      return protocols?.every((one) => one === TCP || one === UDP)
        ? undefined
        : 'ports of protocols besides TCP and UDP'
    default:
      return undefined
  }
}

const TCP = 6
const UDP = 17
const ICMP = { 4: 1, 6: 58 } as const

function sentLengths(family: Family, protocols: readonly number[] = [TCP, UDP]): Interval<number> {
  const all = protocols.map((one) => {
    const ported = one === TCP ? 'tcp' : one === UDP ? 'udp' : 'ip'
    return lengthsOf(one === ICMP[family] ? 'icmp' : ported, family)
  })
  return [Math.min(...all.map(([from]) => from)), Math.max(...all.map(([, to]) => to))]
}

/** The protocols that a rule asks for together with ports: `meta l4proto . th dport { tcp . 22 }`. */
export function protocolsWithPorts(
  rule: Rule,
  comparisons: readonly Comparison[],
): readonly number[] | undefined {
  const asked = comparisons.filter(({ field }) => field === 'protocol')
  if (asked.length === 0 || JSON.stringify(rule.statements).includes('"!="')) return undefined
  const intervals = asked.flatMap((one) => one.intervals as readonly Interval<number>[])
  return Array.from({ length: 256 }, (_, number) => number).filter((one) =>
    intervals.some((interval) => has([interval], one)),
  )
}
