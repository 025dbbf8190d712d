/**
 * What the probes of a difference showed → its state: tried, shadowed by an earlier rule, or
 * untested with the reason.
 */

import type { Chains } from '../nft/chains.ts'
import { bestOf, type ChangedState, worstOf } from '../result/changed-rules.ts'
import type { TraceStep } from '../result/trace.ts'
import type { AskedAtom } from './asked-atom.ts'
import { CUT, isCutBehind } from './cut.ts'
import type { Demand } from './demands.ts'
import type { Difference } from './differing.ts'
import { deadBehind } from './ending.ts'
import { impossible } from './impossible.ts'
import type { IsKnown } from './known-parts.ts'
import { routedWords, setsMark, UNASKED } from './marks.ts'
import type { Sent } from './sent.ts'
import type { Judged } from './tried.ts'
import { notAsked, reasonFor, type Scope } from './untested-reasons.ts'

/** A difference of one family's labs, and its result. */
export interface TriedDifference {
  readonly difference: Difference
  readonly state: ChangedState
  readonly by?: string
  /** An earlier rule decides every packet. */
  readonly isForAll?: boolean
  /** An earlier rule decided the probes, and the budget cut others. */
  readonly isCut?: boolean
  readonly reason?: string
}

/** The result of one demand, or of one difference. */
export type Result = Omit<TriedDifference, 'difference'>

/** What in the two labs asks for marks. */
export interface MarkUse {
  readonly isAsked: boolean
  readonly routes: readonly string[]
}

/** What is known of the differences of one side. */
export interface Trial {
  readonly sent: readonly Sent[]
  readonly scope: Scope
  readonly chains: Chains
  readonly atoms: ReadonlyMap<string, readonly AskedAtom[]>
  readonly markUse: MarkUse
  /** Whether the other side applies a part that no probe varies to the same packets. */
  readonly isKnown: IsKnown
  /** A rule or policy as text, with its place in a file. */
  readonly placed: (step: TraceStep) => string
}

/** A demand, and what its probes showed; `asked` is undefined if none was sent. */
export interface Answered {
  readonly demand: Demand
  readonly asked:
    | { readonly sent: readonly Sent[]; readonly judged: Judged | undefined }
    | undefined
}

export function concludeDifference(
  trial: Trial,
  difference: Difference,
  answers: readonly Answered[],
): TriedDifference {
  const found = answers.map((answer) => ({ ...resultOf(trial, answer), demand: answer.demand }))
  const result = { difference, ...together(trial, difference, found) }
  const demands = answers.map(({ demand }) => demand)
  return marked(trial, strict(trial, result, demands))
}

function resultOf(trial: Trial, { demand, asked }: Answered): Result {
  const { scope, sent, atoms, chains } = trial
  if (!asked) return { state: 'not-asked', reason: notAsked(demand, scope)! }
  const { judged } = asked
  const reason = reasonFor(demand, sent, scope.links)
  if (!judged) return { state: 'untested', reason, ...(demand.isOpen && { isCut: true }) }
  if (judged.state === 'tried') return judged
  // Another rule decided a packet that the map may not send there.
  if (demand.isOpen) return { state: 'untested', reason, isCut: true }
  if (isCutBehind(demand, judged.by, asked.sent, { atoms, ruleset: chains.ruleset }))
    return { state: 'untested', reason: CUT, isCut: true }
  return { state: 'shadowed', by: trial.placed(judged.by) }
}

/** Any path that leads to the rule is enough. Each rule that it moved past must be tried. */
function together(
  trial: Trial,
  difference: Difference,
  found: readonly (Result & { readonly demand: Demand })[],
): Result {
  const dead = deadBehind(difference)
  if (dead) return { state: 'shadowed', by: dead, isForAll: true }
  const never = neverMatches(trial, difference)
  if (never) return { state: 'shadowed', reason: never, isForAll: true }
  if (found.length === 0) {
    const reason = `no rule leads to ${difference.chain.name}`
    return { state: 'shadowed', reason, isForAll: true }
  }
  const past = Map.groupBy(found, ({ demand }) =>
    difference.kind === 'rule' && difference.past ? demand.rules.at(-1) : undefined,
  )
  const { demand: _, ...result } = worstOf([...past.values()].map((own) => bestKnown(own)))
  return result
}

/** A moved rule is in both rulesets. */
function neverMatches({ chains }: Trial, difference: Difference): string | undefined {
  if (difference.kind === 'policy' || difference.past) return undefined
  return impossible(difference.asked.tests, chains)
}

/**
 * A packet that satisfies a rule does not test the parts that no probe varies, unless both sides
 * have the same part.
 */
function strict(trial: Trial, one: TriedDifference, demands: readonly Demand[]): TriedDifference {
  const { difference, state, isForAll = false } = one
  if (difference.kind === 'policy' || isForAll) return one
  if (state !== 'tried' && state !== 'shadowed') return one
  // A moved rule is in both rulesets.
  if (difference.past) return one
  const untried = difference.asked.notVaried.find(
    // The effect of a rule does not matter where another rule decided before.
    (part) => (state === 'tried' || part.kind !== 'effect') && !trial.isKnown(demands, part),
  )
  if (!untried) return one
  return { difference, state: 'untested', reason: REASONS[untried.kind](untried.what) }
}

const REASONS = {
  condition: (what: string) => `no probe varies ${what}`,
  memory: (what: string) => `the point at which its ${what} triggers is not compared`,
  effect: (what: string) => `its effect on packets is not compared: ${what}`,
} as const

/** A mark does nothing by itself: rules and routing rules may match it. */
function marked({ markUse }: Trial, one: TriedDifference): TriedDifference {
  const { difference, state } = one
  if (state !== 'tried' || difference.kind === 'policy' || !setsMark(difference.asked)) return one
  const { isAsked, routes } = markUse
  if (routes.length > 0) return { difference, state: 'untested', reason: routedWords(routes) }
  return isAsked ? one : { ...one, reason: UNASKED }
}

/** What was cut may be decided in another way than what was sent, unless one was tried. */
export function bestKnown<T extends Pick<TriedDifference, 'state' | 'isCut'>>(
  all: readonly T[],
): T {
  const best = bestOf(all)
  return best.state === 'tried' ? best : (all.find(({ isCut }) => isCut) ?? best)
}
