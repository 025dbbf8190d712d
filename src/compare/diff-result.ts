/** The observations through both firewalls, over all families → the result of the comparison. */
import type { Firewall } from '../firewall/firewall.ts'
import type { Family } from '../net/protocol.ts'
import { familyName } from '../net/protocol.ts'
import type { RuleFacts } from '../nft/facts.ts'
import type { DiffPlan } from '../plan/diff.ts'
import type { ChangedRule } from '../result/changed-rules.ts'
import {
  type Coverage,
  type DiffResult,
  type DiffSide,
  type DiffTable,
  ICMP_ERRORS,
  isAboutFlows,
  statusOfDiff,
} from '../result/diff.ts'
import { gathered, notMeasuredWords } from '../result/not-measured.ts'
import { dormantInBoth, remarked } from '../result/remarks.ts'
import type { ControlResult, NotMeasured } from '../result/result.ts'
import { withCounterexamples } from './counterexamples.ts'
import { holdAgainst, type ProbedTable, unprobed } from './declared.ts'
import type { Delta } from './delta.ts'
import { type Comparison, pathsAsked } from './diff.ts'
import type { Rules } from './experiment.ts'

export type DiffFound = Pick<
  DiffResult,
  | 'status'
  | 'interrupted'
  | 'old'
  | 'new'
  | 'coverage'
  | 'controls'
  | 'tables'
  | 'missing'
  | 'changedRules'
  | 'acceptsUntested'
  | 'remarks'
  | 'problems'
  | 'notMeasured'
>

/** The comparison of one family, as far as it was possible. */
export interface ComparedFamily {
  readonly family: Family
  readonly plan: DiffPlan
  readonly rules: Readonly<Record<'old' | 'new', Rules>>
  readonly controls: readonly ControlResult[]
  /** Their failures. */
  readonly problems: readonly string[]
  readonly tables: readonly ProbedTable[]
}

export interface Concluded {
  readonly comparison: Comparison
  readonly isInterrupted: boolean
  /** Untested rules are only a warning. */
  readonly acceptsUntested?: boolean | undefined
  readonly changedRules: readonly ChangedRule[]
  /** Remarks about the lab, for the reader of the result. */
  readonly remarks?: readonly string[] | undefined
  readonly failures: readonly NotMeasured[]
}

export function concludeDiff(one: Concluded, families: readonly ComparedFamily[]): DiffFound {
  const { comparison, isInterrupted, acceptsUntested = false, changedRules, remarks = [] } = one
  const { old, new: young, delta } = comparison
  const probed = families.flatMap(({ tables }) => tables)
  const held = delta
    ? holdAgainst(delta, probed)
    : { tables: probed.map(({ table }) => table), missing: [] }
  // Where a family is missing, a declared change may be in what was not seen.
  const missing = one.failures.length > 0 ? [] : held.missing
  const failed = gathered(one.failures)
  const problems = [
    ...(failed.notMeasured ?? []).map((each) => `${notMeasuredWords(each)}: ${each.reason}`),
    ...families.flatMap((family) => family.problems),
    ...(delta ? unshown(delta, probed) : []),
    ...families.flatMap(untouchedIn),
    ...(isInterrupted ? ['interrupted before it was done'] : []),
  ]
  const tables = withCounterexamples(
    held.tables.map((table, i) => ({ table, probed: probed[i]!.probed })),
  )
  const status = statusOfDiff({
    tables: held.tables,
    missing,
    ...{ problems, changedRules: [...changedRules], acceptsUntested },
    ...(delta ? { expected: '' } : {}),
  })
  return {
    ...{ status, interrupted: isInterrupted },
    old: sideOf(
      old,
      families.map(({ rules }) => rules.old.facts),
    ),
    new: sideOf(
      young,
      families.map(({ rules }) => rules.new.facts),
    ),
    coverage: coverageOf(comparison, families, probed),
    controls: families.flatMap(({ controls }) => controls),
    tables: tables.filter(({ changes, unsteady }) => changes.length + unsteady.length > 0),
    ...{ missing, changedRules: [...changedRules], acceptsUntested, problems },
    ...remarked([...remarks, ...families.flatMap((family) => dormantIn(comparison, family))]),
    ...failed,
  }
}

const unshown = (delta: Delta, probed: readonly ProbedTable[]): string[] =>
  unprobed(delta, probed).map(({ at }) => `${at.file}:${at.line}: no probe could show this change`)

function untouchedIn({ family, plan: { untouched } }: ComparedFamily): string[] {
  const [first, ...more] = untouched
  if (first === undefined) return []
  const others = more.length > 0 ? `, and ${more.length} more paths and protocols` : ''
  return [`IPv${family}: not probed, because the budget is too small: ${first}${others}`]
}

function sideOf({ origin }: Firewall, facts: readonly RuleFacts[]): DiffSide {
  const distinct = (texts: readonly string[]): string[] => [...new Set(texts)]
  return {
    origin,
    notVaried: distinct(
      facts.flatMap(({ opaque }) =>
        opaque.map(({ what, where }) => `${what} (${where.chain}: ${where.text})`),
      ),
    ),
    statefulRules: distinct(
      facts.flatMap(({ statefulRules }) =>
        statefulRules.map(({ where }) => `${where.chain}: ${where.text}`),
      ),
    ),
  }
}

const dormantIn = ({ old, new: young }: Comparison, { rules }: ComparedFamily): string[] =>
  dormantInBoth(
    { origin: old.origin, dormant: rules.old.inspection.dormant },
    { origin: young.origin, dormant: rules.new.inspection.dormant },
  )

const isOfFlow = ({ combination }: DiffTable): boolean =>
  isAboutFlows(combination) && combination !== ICMP_ERRORS

function coverageOf(
  comparison: Comparison,
  families: readonly ComparedFamily[],
  probed: readonly ProbedTable[],
): Coverage {
  const plans = families.map(({ plan }) => plan)
  const sum = <T>(all: readonly T[], of: (one: T) => number): number =>
    all.reduce((total, one) => total + of(one), 0)
  return {
    paths: sum(families, ({ family }) => pathsAsked(comparison, family).length),
    // Of flows there are those that were chosen.
    combinations:
      Number(plans.reduce((all, { combinations }) => all + combinations, 0n)) +
      probed.filter(({ table }) => isOfFlow(table)).length,
    probed: probed.length,
    classes: sum(plans, ({ classes }) => classes),
    numbers: sum(probed, (one) => one.probed.size),
    probes: sum(probed, ({ table }) => table.probes),
    unusedPaths: ofFamilies(families, ({ unusedPaths }) => unusedPaths),
    alikePaths: ofFamilies(families, ({ alikePaths }) => alikePaths),
    leftOut: [...new Set(plans.flatMap(({ leftOut }) => leftOut))],
  }
}

/** What is so over one family only says which. */
function ofFamilies(
  families: readonly ComparedFamily[],
  of: (plan: DiffPlan) => readonly string[],
): string[] {
  const found = Map.groupBy(
    families.flatMap(({ family, plan }) => of(plan).map((name) => ({ name, family }))),
    ({ name }) => name,
  )
  return [...found].map(([name, own]) =>
    own.length === families.length ? name : `${name} over ${familyName(own[0]!.family)}`,
  )
}
