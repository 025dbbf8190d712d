/**
 * Two loaded rulesets → all possible differences: rules of one side only, moved rules, policies,
 * and chains. Comments, counters and logs do not count, and neither do the names of sets and
 * chains.
 */
import { atomsOf } from '../analysis/atoms.ts'
import { areDisjoint } from '../analysis/conditions.ts'
import { sideEffectFree } from '../analysis/side-effect-free.ts'
import type { Base, Chain, Chains } from '../nft/chains.ts'
import type { Side } from '../result/changed-rules.ts'
import { align, type Pair } from './aligned.ts'
import { type AskedAtom, asker } from './asked-atom.ts'
import { Names } from './renamed.ts'
import { byState } from './saved-states.ts'

export type Difference =
  | {
      readonly kind: 'rule'
      readonly side: Side
      readonly chain: Chain
      readonly asked: AskedAtom
      /** For a moved rule: the rules that it moved past and that may contradict it. */
      readonly past?: readonly AskedAtom[]
      /** Only packets of these devices meet it, and on the other side they do not. */
      readonly devices?: readonly string[]
    }
  | {
      readonly kind: 'policy'
      readonly side: Side
      readonly chain: Chain
      readonly devices?: readonly string[]
    }

export interface Differing {
  readonly differences: readonly Difference[]
  /** Every atom, by the key of its chain. */
  readonly atoms: Readonly<Record<Side, ReadonlyMap<string, readonly AskedAtom[]>>>
}

export function differingRules(old: Chains, young: Chains): Differing {
  const names = new Names(old, young)
  const atoms = {
    old: atomsIn(old, 'old', names),
    new: atomsIn(young, 'new', names),
  }
  const keyed = (side: Side, chain: Chain): Keyed[] =>
    (atoms[side].get(chain.key) ?? [])
      .filter(({ isIdle }) => !isIdle)
      .map((asked) => ({ asked, key: names.keyOf(side, asked) }))
      .sort((a, b) => a.asked.atom.index - b.asked.atom.index || (a.key < b.key ? -1 : 1))
  const differences: Difference[] = []
  for (const [before, after] of names.pairs(atoms)) {
    const was = before ? keyed('old', before) : []
    const is = after ? keyed('new', after) : []
    if (before?.base && after?.base && isElsewhere(before.base, after.base, old, young)) {
      differences.push(...all('old', before, was), ...all('new', after, is))
      continue
    }
    differences.push(
      ...onOtherDevices('old', before, { own: was, other: after }),
      ...onOtherDevices('new', after, { own: is, other: before }),
    )
    differences.push(...policies(before, after))
    differences.push(...rulesOf({ before, after, was, is }))
  }
  return { differences, atoms }
}

interface Keyed {
  readonly asked: AskedAtom
  readonly key: string
}

function atomsIn({ chains, ruleset }: Chains, side: Side, names: Names): Map<string, AskedAtom[]> {
  const isIdle = sideEffectFree([...chains.values()].flatMap(({ rules }) => rules))
  const ask = asker(ruleset, {
    plain: (where, statement) => names.plain(side, where, statement),
    settings: (key) => names.settings(side, key),
  })
  const elements = (key: string): readonly unknown[] | undefined => names.elements(side, key)
  return new Map(
    [...chains].map(([key, { rules }]) => [
      key,
      rules.flatMap((rule, i) => {
        const idle = isIdle(rule)
        return atomsOf(rule, i, { elements }).flatMap((atom) => {
          const states = byState(rule)
          const own = states.length > 1 ? { ...atom, isWhole: false } : atom
          return states.map((one) => ask(own, one, idle))
        })
      }),
    ]),
  )
}

const all = (side: Side, chain: Chain, own: readonly Keyed[]): Difference[] => [
  ...own.map(({ asked }): Difference => ({ kind: 'rule', side, chain, asked })),
  { kind: 'policy', side, chain },
]

/** On a device that only one side's chain has, all rules of the chain are of that side only. */
function onOtherDevices(
  side: Side,
  chain: Chain | undefined,
  { own, other }: { readonly own: readonly Keyed[]; readonly other: Chain | undefined },
): Difference[] {
  if (!chain?.base?.devices || !other?.base) return []
  const others = new Set(other.base.devices)
  const devices = chain.base.devices.filter((device) => !others.has(device))
  if (devices.length === 0) return []
  return all(side, chain, own)
    .filter(({ kind }) => kind === 'rule' || chain.base!.policy === 'drop')
    .map((difference) => ({ ...difference, devices }))
}

function policies(before: Chain | undefined, after: Chain | undefined): Difference[] {
  const [was, is] = [before?.base?.policy ?? 'accept', after?.base?.policy ?? 'accept']
  if (was === is) return []
  return [
    ...(before?.base ? [{ kind: 'policy', side: 'old', chain: before } as const] : []),
    ...(after?.base ? [{ kind: 'policy', side: 'new', chain: after } as const] : []),
  ]
}

interface Both {
  readonly before: Chain | undefined
  readonly after: Chain | undefined
  readonly was: readonly Keyed[]
  readonly is: readonly Keyed[]
}

function rulesOf({ before, after, was, is }: Both): Difference[] {
  const aligned = align(
    was.map(({ key }) => key),
    is.map(({ key }) => key),
  )
  const one = (side: Side, chain: Chain | undefined, { asked }: Keyed): Difference[] =>
    chain ? [{ kind: 'rule', side, chain, asked }] : []
  const others = [...aligned.kept, ...aligned.moved]
  // If all of them do the same, their order does not matter.
  const isOneAct = new Set(is.map(({ asked }) => asked.actsKey)).size < 2
  let checks = MOST_CHECKS
  const moved = aligned.moved.flatMap((pair): Difference[] => {
    const { asked } = is[pair[1]]!
    if (isOneAct && isPlainVerdict(asked)) return []
    checks -= others.length
    if (checks < 0) return one('new', after, is[pair[1]]!)
    const past = others
      .filter((other) => crosses(pair, other))
      .map(([, at]) => is[at]!.asked)
      .filter((other) => couldContradict(asked, other))
    return past.length > 0 ? [{ kind: 'rule', side: 'new', chain: after!, asked, past }] : []
  })
  return [
    ...aligned.onlyOld.flatMap((i) => one('old', before, was[i]!)),
    ...aligned.onlyNew.flatMap((i) => one('new', after, is[i]!)),
    ...moved,
  ]
}

/** At most this many pairs of rules are compared. Beyond that, each moved rule must be tried. */
const MOST_CHECKS = 4_000_000

const crosses = ([i, j]: Pair, [p, q]: Pair): boolean => p < i !== q < j

/** Rules whose order matters. */
function couldContradict(a: AskedAtom, b: AskedAtom): boolean {
  if (a === b || (isPlainVerdict(a) && a.actsKey === b.actsKey)) return false
  return !areDisjoint(a.tests, b.tests)
}

const isPlainVerdict = ({ atom: { acts } }: AskedAtom): boolean =>
  acts.length === 1 && /^(?:accept|drop|reject|return)$/.test(Object.keys(acts[0]!)[0] ?? '')

/** Whether a base chain moved to another hook or priority relative to others. */
function isElsewhere(was: Base, is: Base, old: Chains, young: Chains): boolean {
  if (was.hook !== is.hook || was.type !== is.type) return true
  if (was.priority === is.priority) return false
  const others = [old, young].flatMap(({ chains }) =>
    [...chains.values()].flatMap(({ base }) => (base?.hook === was.hook ? [base.priority] : [])),
  )
  const [low, high] = [was.priority, is.priority].sort((a, b) => a - b) as [number, number]
  const between = [...others, ...STEPS].filter((at) => low <= at && at <= high)
  return between.some((at) => at !== was.priority && at !== is.priority) || between.length > 2
}

/**
 * Priorities at which the kernel itself acts: defragmentation, tracking, translation, confirmation.
 */
const STEPS = [-400, -300, -200, -100, 100, 300]
