import type { Day } from '../../src/policy/grant.ts'

/** Today in UTC. */
export function today(): Day {
  return new Date().toISOString().slice(0, 10)
}
