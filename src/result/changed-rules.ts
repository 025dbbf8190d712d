/**
 * What the comparison shows about each changed rule (on one side only, or moved), and about each
 * changed command of a script.
 */

export type Side = 'old' | 'new'

/**
 * `tried`: a probe that satisfies its conditions reached it. `shadowed`: an earlier rule decides
 * all such probes, or no rule leads to its chain. `untested`: no such probe was sent. `not-asked`:
 * the rule concerns no path of this comparison.
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
  /** If shadowed: the deciding rule with its file and line. */
  readonly by?: string
  /**
   * The reason for a rule that is untested, not asked, or shadowed by several rules. For a tried
   * rule: the reason why it has no effect.
   */
  readonly reason?: string
}

const WORST: readonly ChangedState[] = ['untested', 'shadowed', 'tried', 'not-asked']

/** A rule counts as its worst element in its worst family. */
export function worstOf<T extends { readonly state: ChangedState }>(all: readonly T[]): T {
  return all.toSorted((a, b) => WORST.indexOf(a.state) - WORST.indexOf(b.state))[0]!
}

/** An element that was tried in one family counts as tried. */
export function bestOf<T extends { readonly state: ChangedState }>(all: readonly T[]): T {
  const order: readonly ChangedState[] = ['tried', 'shadowed', 'untested', 'not-asked']
  return all.toSorted((a, b) => order.indexOf(a.state) - order.indexOf(b.state))[0]!
}
