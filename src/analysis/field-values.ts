/**
 * The values of one field of a path's packets: the ordinary value and the others, likelier ones
 * first.
 */

import type { LabZone } from '../lab/lab.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import type { RuleFacts } from '../nft/facts.ts'
import type { FieldClass } from './representatives.ts'

export interface PathSpec {
  readonly facts: readonly RuleFacts[]
  readonly zones: readonly LabZone[]
  /** Names of zones, or FIREWALL. */
  readonly path: { readonly from: string; readonly to: string }
  readonly family: Family
  readonly protocol: Protocol
  /** Whether packets may be sent from and to this address. Absent: from and to any. */
  readonly allows?: (address: string) => boolean
}

/** Fields that a probe can set besides its number. */
export const VARIED = [
  'source',
  'target',
  'sourcePort',
  'length',
  'ttl',
  'mark',
  'flags',
  'dscp',
  'code',
] as const
export type VariedField = (typeof VARIED)[number]

/**
 * `plausible`: represents its class. `spoofed`: represents its class and does not belong behind the
 * sender. `edge`: an edge of a class with another representative.
 */
export type Tier = 'plausible' | 'spoofed' | 'edge'

export interface FieldValue {
  readonly value: string | number
  readonly tier: Tier
}

/** One field: the ordinary value (undefined: the probe's own), and all other values to try. */
export interface Variation {
  readonly field: VariedField
  readonly ordinary: string | number | undefined
  readonly others: readonly FieldValue[]
  /** The values that are not tried, with the reason. */
  readonly omitted: readonly string[]
}

/** Representatives first. Of the ordinary value's own class, only the edges. */
export function fieldValuesOf<N extends number | bigint>(
  classes: readonly FieldClass<N>[],
  ordinary: N,
  tierOf: (n: N) => Tier,
  allowed: (n: N) => boolean = () => true,
): { value: N; tier: Tier }[] {
  const standing = classes
    .filter(({ representative }) => representative !== ordinary)
    .map(({ representative }) => ({ value: representative, tier: tierOf(representative) }))
  const taken = new Set<N>([ordinary, ...standing.map(({ value }) => value)])
  const edges = [...new Set(classes.flatMap((one) => one.edges))].filter(
    (n) => !taken.has(n) && allowed(n),
  )
  return [
    ...standing.filter(({ tier }) => tier === 'plausible'),
    ...standing.filter(({ tier }) => tier !== 'plausible'),
    ...edges.map((value) => ({ value, tier: 'edge' as const })),
  ]
}
