/**
 * What the probes of an egress scenario are varied for: ports, protocols and
 * ICMP types in full, and addresses by the networks that the scenario names.
 * Every other field of a packet has one value.
 */

import { FIELD_WORDS } from '../analysis/untested.ts'
import { networkOf } from '../lab/address-space.ts'
import type { ZoneAddress } from '../net/address.ts'
import type { Interval } from '../net/interval-set.ts'
import type { Family } from '../net/protocol.ts'
import type { Comparison } from '../nft/facts.ts'

/**
 * `named`: addresses with their prefixes: of the zones, of destinations, and of
 * spoofed sources. One address of each network is probed, and one of all others.
 * The function answers what is not varied, undefined where probes are.
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

/** First addresses of the networks, and of what lies behind each. */
function edgesOf(named: readonly ZoneAddress[], family: Family): ReadonlySet<bigint> {
  const networks = named.filter((address) => address.family === family).map(networkOf)
  const bits = family === 4 ? 32n : 128n
  return new Set([0n, 1n << bits, ...networks.flatMap(([from, to]) => [from, to + 1n])])
}

/** Whether the comparison has one answer for all addresses of each network. */
function isAlongEdges(
  { intervals, mask, family }: Comparison,
  edges: Readonly<Record<Family, ReadonlySet<bigint>>>,
): boolean {
  if (mask !== undefined || family === undefined) return false
  return (intervals as readonly Interval<bigint>[]).every(
    ([from, to]) => edges[family].has(from) && edges[family].has(to + 1n),
  )
}
