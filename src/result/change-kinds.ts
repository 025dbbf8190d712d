/**
 * How an outcome changed. `opened` and `closed`: whether a flow comes about.
 * `one-way`: it arrives now and its answer does not. `blocked-otherwise` and
 * `translated-otherwise`: what happens is of the same kind and not the same.
 * `unsteady`: one of the two depends on what came before. `unknown`: one of the
 * two could not be measured.
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
