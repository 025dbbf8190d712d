/**
 * How an outcome changed.
 *
 * `opened`, `closed`: a flow now succeeds, or no longer does. `one-way`: the probe now arrives, but
 * its answer does not. `blocked-otherwise`, `translated-otherwise`: the outcome is of the same
 * kind, with other details. `unsteady`: the outcome before or after depends on earlier packets.
 * `unknown`: the outcome before or after could not be measured.
 */
export const CHANGE_KINDS = [
  'opened',
  'closed',
  'one-way',
  'blocked-otherwise',
  'translated-otherwise',
  'unsteady',
  'unknown',
] as const

export type ChangeKind = (typeof CHANGE_KINDS)[number]
