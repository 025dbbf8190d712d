/**
 * What the policy expects for a number. Each comparison has this on one side and the observation on
 * the other.
 */
import type { Blocking, Clause } from './clause.ts'

/** `any`: dropped or rejected in any way. */
export type ExpectedBlocking = Blocking | 'any'

export type Expectation = {
  /** The deciding line of the policy. */
  readonly clause: Pick<Clause, 'label' | 'at'>
} & ({ readonly verdict: 'open' } | { readonly verdict: 'blocked'; readonly by: ExpectedBlocking })
