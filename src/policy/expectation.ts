/** What the policy promises of a number: the other side of every comparison. */
import type { Blocking, Clause } from './clause.ts'

/** `any`: dropped or rejected, whichever way. */
export type ExpectedBlocking = Blocking | 'any'

export type Expectation = {
  /** The line of the policy that decides. */
  readonly clause: Pick<Clause, 'label' | 'at'>
} & ({ readonly verdict: 'open' } | { readonly verdict: 'blocked'; readonly by: ExpectedBlocking })
