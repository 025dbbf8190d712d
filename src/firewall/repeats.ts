/** How often a probe is repeated where rules remember packets. */
import type { Protocol } from '../flow.ts'
import type { Facts } from './facts.ts'

/** Every class is probed so often where a rule remembers something. */
const LEAST_REPEATS = { ported: 8, other: 2 } as const
/** And so often at most, of the ordinary packets: what has no ports is swept each time. */
export const MOST_REPEATS = { ported: 600, other: 40 } as const

/** So often that every limit that can be used up is; 0 where no rule remembers anything. */
export function repeatsOf(facts: readonly Facts[], protocol: Protocol, level: string): number {
  const history = facts.flatMap((one) => one.history)
  if (history.length === 0) return 0
  const kind = ported(protocol) ? 'ported' : 'other'
  if (level !== 'ordinary') return LEAST_REPEATS[kind]
  const most = MOST_REPEATS[kind]
  const within = history.flatMap(({ burst }) => (burst !== null && burst < most ? [burst + 1] : []))
  return Math.max(LEAST_REPEATS[kind], ...within)
}

const ported = (protocol: Protocol): boolean => protocol === 'tcp' || protocol === 'udp'
