/**
 * What an egress scenario's probes vary: all ports, protocols and ICMP types, and addresses of the
 * networks that the scenario names. Every other field of a packet has one value.
 */

import { FIELD_WORDS } from '../analysis/untested.ts'
import { intervalOf } from '../lab/address-space.ts'
import type { ZoneAddress } from '../net/address.ts'
import type { Interval } from '../net/interval-set.ts'
import type { Family } from '../net/protocol.ts'
import type { Comparison } from '../nft/facts.ts'

/**
 * `named`: addresses with prefixes of the zones, destinations and spoofed sources. One address of
 * each network is probed, and one of all others. The function returns the property that no probe
 * varies, or undefined if probes vary it.
 */
export function unvariedByEgress(
  named: readonly ZoneAddress[],
): (comparison: Comparison) => string | undefined {
  const edges = { 4: edgesOf(named, 4), 6: edgesOf(named, 6) }
  return (comparison) => {
    const { field } = comparison
    switch (field) {
      case 'destinationPort':
      case 'sourcePort':
      case 'protocol':
      case 'icmpType':
        return undefined
      case 'source':
      case 'destination':
        return isAlongEdges(comparison, edges) ? undefined : FIELD_WORDS[field]
      case 'icmpCode':
      case 'length':
      case 'ttl':
      case 'dscp':
      case 'mark':
      case 'tcpFlags':
        return FIELD_WORDS[field]
      default:
        throw new Error(`unknown field ${field satisfies never}`)
    }
  }
}

/** The first address of each network, and of the address range after it. */
function edgesOf(named: readonly ZoneAddress[], family: Family): ReadonlySet<bigint> {
  const networks = named.filter((address) => address.family === family).map(intervalOf)
  const bits = family === 4 ? 32n : 128n
  return new Set([0n, 1n << bits, ...networks.flatMap(([from, to]) => [from, to + 1n])])
}

/** Whether the comparison gives one result for all addresses of each network. */
function isAlongEdges(
  { intervals, mask, family }: Comparison,
  edges: Readonly<Record<Family, ReadonlySet<bigint>>>,
): boolean {
  if (mask !== undefined || family === undefined) return false
  return (intervals as readonly Interval<bigint>[]).every(
    ([from, to]) => edges[family].has(from) && edges[family].has(to + 1n),
  )
}
