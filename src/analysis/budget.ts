/**
 * Limits the number of probes: which combinations are swept completely, which only at the edges of
 * classes, and which are left out.
 */
import type { Combination, Combinations } from './combinations.ts'

/** One path, family and protocol. */
export interface Plan {
  readonly combinations: Combinations
  /** Numbers of a complete sweep. */
  readonly all: number
  /** Numbers at the edges of classes. */
  readonly boundaries: number
  /**
   * Whether every comparison was understood, so all members of a class behave like its
   * representative.
   */
  readonly isUnderstood?: boolean
}

export interface Kept {
  readonly combination: Combination
  readonly detail: 'all' | 'boundaries'
}

export interface Selection {
  /** For each plan, in the plan's order. */
  readonly kept: readonly (readonly Kept[])[]
  /** Probes to send if each number is probed once. */
  readonly probes: number
  /**
   * The number of combinations that each plan omits, by the fields in which they differ from the
   * ordinary packet.
   */
  readonly left: readonly ReadonlyMap<string, bigint>[]
}

/**
 * Takes combinations of all plans by their rank. Half of the budget goes to boundaries, because
 * most differences show there. The rest turns these into complete sweeps, in the same order.
 */
export function withinBudget(plans: readonly Plan[], budget: number): Selection {
  const front = frontOf(plans, budget)
  const details: Kept['detail'][] = front.map(() => 'boundaries')
  let probes = front.reduce((sum, { plan }) => sum + plan.boundaries, 0)
  for (const [i, { plan, combination }] of front.entries()) {
    // Another combination of its class is swept completely.
    if (combination.tier === 'edge' && plan.isUnderstood === true) continue
    const more = plan.all - plan.boundaries
    if (probes + more > budget) break
    probes += more
    details[i] = 'all'
  }
  const kept = plans.map((plan) =>
    front.flatMap((one, i) =>
      one.plan === plan ? [{ combination: one.combination, detail: details[i]! }] : [],
    ),
  )
  return { kept, probes, left: plans.map((plan, i) => leftOf(plan, kept[i]!)) }
}

interface Taken {
  readonly plan: Plan
  readonly combination: Combination
}

// The ordinary packet of every path is always included while the budget lasts.
function frontOf(plans: readonly Plan[], budget: number): Taken[] {
  const taken: Taken[] = []
  let spent = 0
  for (const one of byRank(plans)) {
    const limit = one.combination.rank === 0 ? budget : budget / 2
    if (spent + one.plan.boundaries > limit) break
    spent += one.plan.boundaries
    taken.push(one)
  }
  return taken
}

function* byRank(plans: readonly Plan[]): Generator<Taken> {
  const heads = plans.map((plan) => {
    const rest = plan.combinations[Symbol.iterator]()
    return { plan, rest, head: rest.next() }
  })
  for (;;) {
    const open = heads.filter(({ head }) => !head.done)
    const rank = Math.min(...open.map(({ head }) => (head.value as Combination).rank))
    if (open.length === 0) return
    for (const one of open)
      for (; !one.head.done && one.head.value.rank === rank; one.head = one.rest.next())
        yield { plan: one.plan, combination: one.head.value }
  }
}

function leftOf({ combinations }: Plan, kept: readonly Kept[]): Map<string, bigint> {
  const left = new Map(combinations.counts)
  for (const { combination } of kept) {
    const name = combination.fields.join(', ') || 'ordinary'
    left.set(name, (left.get(name) ?? 0n) - 1n)
  }
  return new Map([...left].filter(([, count]) => count > 0n))
}
