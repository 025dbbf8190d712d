/** How often a probe is repeated for stateful rules. */

import type { Family, Protocol } from '../net/protocol.ts'
import { hasPorts } from '../net/protocol.ts'
import type { RuleFacts, StatefulRule } from '../nft/facts.ts'
import { ICMP_ERRORS } from './reachability.ts'

/** Every class is probed this often if a rule is stateful. */
const LEAST_REPEATS = { ported: 8, other: 2 } as const
/** The maximum for ordinary packets. Sweeps of protocols without ports are repeated as a whole. */
export const MOST_REPETITIONS = { ported: 600, other: 40 } as const

/** A sweep: its protocol and family, and how far its packets are from ordinary ones. */
export interface Swept {
  readonly protocol: Protocol
  readonly family: Family
  readonly level: string
}

/**
 * Enough probes to trigger every limit that can be triggered. 0 if no stateful rule matches such
 * packets.
 */
export function repetitionsOf(
  facts: readonly RuleFacts[],
  { protocol, family, level }: Swept,
): number {
  const statefulRules = facts.flatMap((one) => one.statefulRules).filter(concerns(protocol, family))
  if (statefulRules.length === 0) return 0
  const kind = hasPorts(protocol) ? 'ported' : 'other'
  if (level !== 'ordinary') return LEAST_REPEATS[kind]
  const most = MOST_REPETITIONS[kind]
  const within = statefulRules.flatMap(({ burst }) =>
    burst !== null && burst < most ? [burst + 1] : [],
  )
  return Math.max(LEAST_REPEATS[kind], ...within)
}

/** Whether packets of a sweep can reach a stateful rule. */
function concerns(protocol: Protocol, family: Family): (memory: StatefulRule) => boolean {
  const own = CARRIED[protocol](family)
  return ({ families, protocols }) =>
    families.includes(family) &&
    (protocols === undefined || own === undefined || own.some((one) => protocols.includes(one)))
}

/** The protocols of a sweep's probes and answers. Undefined: any. */
const CARRIED: Readonly<Record<Protocol, (family: Family) => readonly number[] | undefined>> = {
  tcp: () => [6, ICMP_ERRORS],
  udp: () => [17, ICMP_ERRORS],
  icmp: (family) => [family === 4 ? 1 : 58, ICMP_ERRORS],
  ip: () => undefined,
}
