/** How often a probe is repeated where rules remember packets. */

import type { Family, Protocol } from '../net/protocol.ts'
import { hasPorts } from '../net/protocol.ts'
import type { RuleFacts, StatefulRule } from '../nft/facts.ts'
import { ICMP_ERRORS } from './reachability.ts'

/** Every class is probed so often where a rule remembers something. */
const LEAST_REPEATS = { ported: 8, other: 2 } as const
/** And so often at most, of the ordinary packets: what has no ports is swept each time. */
export const MOST_REPETITIONS = { ported: 600, other: 40 } as const

/** Which sweep: of what, and how ordinary its packets are. */
export interface Swept {
  readonly protocol: Protocol
  readonly family: Family
  readonly level: string
}

/** So often that every limit that can be used up is; 0 where no rule remembers anything of such packets. */
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

/** Whether packets of a sweep can come to a rule that remembers. */
function concerns(protocol: Protocol, family: Family): (memory: StatefulRule) => boolean {
  const own = CARRIED[protocol](family)
  return ({ families, protocols }) =>
    families.includes(family) &&
    (protocols === undefined || own === undefined || own.some((one) => protocols.includes(one)))
}

/** What a sweep's probes and their answers are; undefined: everything. */
const CARRIED: Readonly<Record<Protocol, (family: Family) => readonly number[] | undefined>> = {
  tcp: () => [6, ICMP_ERRORS],
  udp: () => [17, ICMP_ERRORS],
  icmp: (family) => [family === 4 ? 1 : 58, ICMP_ERRORS],
  ip: () => undefined,
}
