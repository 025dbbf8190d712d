/** What each rule that only one side has, or that stands elsewhere, came to; and each thing of a script's. */

export type Side = 'old' | 'new'

/**
 * `tried`: a probe that satisfies its conditions met it. `shadowed`: an earlier
 * rule decided about all of these, or no rule leads to its chain. `untested`: no such probe was sent.
 * `not-asked`: it is about nothing that was to be compared.
 */
export type ChangedState = 'tried' | 'shadowed' | 'untested' | 'not-asked'

export interface ChangedRule {
  readonly side: Side
  readonly file?: string
  readonly line?: number
  /** Family, table and chain. */
  readonly chain?: string
  readonly rule: string
  readonly state: ChangedState
  /** Of what is shadowed: the rule that decided, with its place. */
  readonly by?: string
  /** Of what is untested, was not asked, or is shadowed by no single rule; of what is tried, why it is without effect. */
  readonly reason?: string
}

const WORST: readonly ChangedState[] = ['untested', 'shadowed', 'tried', 'not-asked']

/** Of all elements of a rule, in all families: the worst counts. */
export function worstOf<T extends { readonly state: ChangedState }>(all: readonly T[]): T {
  return all.toSorted((a, b) => WORST.indexOf(a.state) - WORST.indexOf(b.state))[0]!
}

/** Of one element, in the families: what is tried in one of them is tried. */
export function bestOf<T extends { readonly state: ChangedState }>(all: readonly T[]): T {
  const order: readonly ChangedState[] = ['tried', 'shadowed', 'untested', 'not-asked']
  return all.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))[0]!
}
