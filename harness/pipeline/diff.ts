/** Compares two firewalls, in labs of the same shape and at the same time. */
import type { TriedDifference } from '../../src/changed-rules/conclusion.ts'
import { exceptTranslated } from '../../src/changed-rules/translated-flows.ts'
import type { Scope } from '../../src/changed-rules/untested-reasons.ts'
import type { ProbedTable } from '../../src/compare/declared.ts'
import { type Comparison, diffExperiment, pathsAsked } from '../../src/compare/diff.ts'
import { type ComparedFamily, concludeDiff, type DiffFound } from '../../src/compare/diff-result.ts'
import { Traced } from '../../src/compare/traced.ts'
import { FAMILIES, type Family } from '../../src/net/protocol.ts'
import type { DiffPlan, DiffSweep } from '../../src/plan/diff.ts'
import { dormantInBoth } from '../../src/result/remarks.ts'
import { leavesState } from '../firewall/loaders.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { Limit } from '../system/limit.ts'
import { changedRulesOf } from './diff-changed-rules.ts'
import { flowSweeps } from './diff-flows.ts'
import type { SideProviders } from './diff-providers.ts'
import { compareTable } from './diff-table.ts'
import { differencesOf, tryDifferences } from './diff-tried.ts'
import type { Opened } from './open.ts'
import { type Sides, sidesOf } from './session.ts'
import {
  type Answer,
  failuresOf,
  mustBeOpened,
  type Question,
  walkEach,
  walkTogether,
} from './walk.ts'

export interface DiffOptions extends Comparison {
  readonly sandbox: Sandbox
  readonly jobs: number
  /** The providers of firewalls outside of the labs' own namespaces. */
  readonly providers?: SideProviders | undefined
  /** Untested rules are only a warning. */
  readonly acceptsUntested?: boolean
  /** Remarks about the lab, for the reader of the result. */
  readonly remarks?: readonly string[]
  readonly signal: AbortSignal
  /** The command that compares one port of a table again. */
  readonly replay: (sweep: DiffSweep, number: number) => string
  readonly onPlan: (plans: readonly DiffPlan[]) => void
}

export async function runDiff(options: DiffOptions): Promise<DiffFound> {
  const { old, new: young, delta, acceptsUntested = false, remarks = [], signal } = options
  const answers = await answersTo(questionOf(options), options)
  mustBeOpened(answers)
  const compared = answers.flatMap(({ opened, found }) =>
    opened ? [comparedIn(options, opened, found)] : [],
  )
  const changedRules = changedRulesOf({ old, new: young }, compared)
  return concludeDiff(
    {
      ...{ old, new: young, delta, acceptsUntested, changedRules },
      remarks: [...remarks, ...compared.flatMap((one) => dormantIn(options, one))],
      isInterrupted: signal.aborted,
      failures: failuresOf(answers),
    },
    compared,
  )
}

type OpenedDiff = Opened<DiffPlan>

/** Filled as things become known. */
interface Found {
  readonly tables: ProbedTable[]
  readonly tried: TriedDifference[]
}

function questionOf(options: DiffOptions): Question<DiffSweep, DiffPlan, Found> {
  const { sandbox, providers, old, new: young, signal, onPlan } = options
  const withState = leavesState(old) || leavesState(young)
  return {
    experiment: diffExperiment(options),
    where: { sandbox, withState, providers: [providers?.old, providers?.new] },
    ...{ signal, onPlans: onPlan },
    begin: () => ({ tables: [], tried: [] }),
    ask: (opened, found) => compareAll(options, opened, found),
  }
}

function answersTo(
  question: ReturnType<typeof questionOf>,
  { providers, quick, jobs }: DiffOptions,
): Promise<Answer<DiffPlan, Found>[]> {
  // An existing namespace takes one lab: the families have it one after the other.
  if (Object.values(providers ?? {}).some(({ oneAtATime }) => oneAtATime))
    return walkEach(question, new Limit(1))
  // Few probes are mostly waited for: both families wait at once.
  const most = quick ? FAMILIES.length : Math.max(1, Math.floor(jobs / 2))
  return walkTogether(question, new Limit(most))
}

/** What one family came to. */
interface Compared extends ComparedFamily {
  readonly sides: Sides
  readonly tried: readonly TriedDifference[]
}

function comparedIn(
  options: DiffOptions,
  { family, sessions, plan, controls, problems }: OpenedDiff,
  found: Found,
): Compared {
  const sides = sidesOf(sessions)
  return {
    ...{ family, plan, controls, problems, sides, ...found },
    paths: pathsAsked(options, family).length,
    facts: { old: sides.old.rules.facts, new: sides.new.rules.facts },
  }
}

async function compareAll(
  options: DiffOptions,
  { family, plan, sessions }: OpenedDiff,
  { tables, tried }: Found,
): Promise<void> {
  const sides = sidesOf(sessions)
  const traced = new Traced()
  const sent: DiffSweep[] = []
  const compare = async (sweeps: readonly DiffSweep[]): Promise<void> => {
    for (const sweep of sweeps) {
      if (options.signal.aborted) return
      const replay = (number: number): string => options.replay(sweep, number)
      const table = await compareTable(sides, sweep, { traced, replay })
      tables.push({ table, probed: sweep.numbers })
      sent.push(sweep)
    }
  }
  await compare(plan.sweeps)
  const differences = differencesOf(sides)
  if (!differences || options.signal.aborted) return
  const scope = scopeOf(options, family)
  const flows = await flowSweeps(sides, differences, sent, scope)
  await compare(
    exceptTranslated(
      flows,
      tables.map(({ table }) => table),
    ),
  )
  tried.push(...(await tryDifferences(sides, differences, sent, scope)))
}

const dormantIn = ({ old, new: young }: DiffOptions, { sides }: Compared): string[] =>
  dormantInBoth(
    { origin: old.origin, dormant: sides.old.rules.inspection.dormant },
    { origin: young.origin, dormant: sides.new.rules.inspection.dormant },
  )

function scopeOf(options: DiffOptions, family: Family): Scope {
  const { families, protocols, ports, from, to, plan } = options
  return {
    ...{ families, protocols, ports, paths: pathsAsked(options, family) },
    isPart: from !== undefined || to !== undefined,
    links: new Map(plan.zones.map(({ name, link }) => [name, link])),
  }
}
