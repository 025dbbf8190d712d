/** The names that a policy for zones gives, as far as its file shows them. */

import { namesOrNothing, writtenUnder } from '../../input/written.ts'
import { FIREWALL } from '../../lab/lab.ts'
import { zonePolicySchema } from './schema.ts'
import { ANY } from './zone-policy.ts'

export interface WrittenNames {
  /** Undefined: the file does not show them, so none can be called unknown. */
  readonly zones: ReadonlySet<string> | undefined
  /** Zones, hosts, the firewall and ANY: what statements and sweeps may name. */
  readonly ends: ReadonlySet<string> | undefined
}

const KEYS = Object.keys(zonePolicySchema.shape)

export function writtenNames(value: unknown): WrittenNames {
  const zones = namesOrNothing(writtenUnder(value, 'zones', KEYS))
  const written = writtenUnder(value, 'hosts', KEYS)
  const hosts = written === undefined ? [] : namesOrNothing(written)
  return {
    zones: zones && new Set(zones),
    ends: zones && hosts && new Set([...zones, ...hosts, FIREWALL, ANY]),
  }
}
