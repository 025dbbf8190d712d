/** The names that a zone policy defines, as far as its file can be read. */

import { namesOrNothing, writtenUnder } from '../../input/written.ts'
import { FIREWALL } from '../../lab/lab.ts'
import { ANY } from '../policy.ts'
import { zonePolicySchema } from './schema.ts'

export interface WrittenNames {
  /** Undefined if the file does not show them. Then no name is reported as unknown. */
  readonly zones: ReadonlySet<string> | undefined
  /** Zones, hosts, the firewall and ANY: the names that statements and sweeps may use. */
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
