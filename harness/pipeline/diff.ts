/** Compares two firewalls, in labs of the same shape and at the same time. */
import type { TriedDifference } from '../../src/changed-rules/conclusion.ts'
import { exceptTranslated } from '../../src/changed-rules/translated-flows.ts'
import type { Scope } from '../../src/changed-rules/untested-reasons.ts'
import type { ProbedTable } from '../../src/compare/declared.ts'
import { type Comparison, diffExperiment, pathsAsked } from '../../src/compare/diff.ts'
import { type Concluded, concludeDiff, type DiffFound } from '../../src/compare/diff-result.ts'
import { Traced } from '../../src/compare/traced.ts'
import { FAMILIES, type Family } from '../../src/net/protocol.ts'
import type { DiffPlan, DiffSweep } from '../../src/plan/diff.ts'
import { leavesState } from '../firewall/loaders.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { Limit } from '../system/limit.ts'
import { changedRulesOf } from './diff-changed-rules.ts'
import { flowSweeps } from './diff-flows.ts'
import type { SideProviders } from './diff-providers.ts'
import { compareTable } from './diff-table.ts'
import { differencesOf, tryDifferences } from './diff-tried.ts'
import type { Opened } from './open.ts'
import { sidesOf } from './session.ts'
import {
  type Answer,
  failuresOf,
  mustBeOpened,
  type Question,
  walkEach,
  walkTogether,
} from './walk.ts'

type Remarked = Partial<Pick<Concluded, 'acceptsUntested' | 'remarks'>>

export interface DiffOptions extends Comparison, Remarked {
  readonly sandbox: Sandbox
  readonly jobs: number
  /** The providers of firewalls outside of the labs' own namespaces. */
  readonly providers?: SideProviders | undefined
  readonly signal: AbortSignal
  /** The command that compares one port of a table again. */
  readonly replay: (sweep: DiffSweep, number: number) => string
  readonly onPlan: (plans: readonly DiffPlan[]) => void
}

export async function runDiff(options: DiffOptions): Promise<DiffFound> {
  const { acceptsUntested, remarks, signal } = options
  const answers = await answersTo(questionOf(options), options)
  mustBeOpened(answers)
  const compared = answers.flatMap(({ opened, found }) =>
    opened ? [comparedIn(opened, found)] : [],
  )
  return concludeDiff(
    {
      ...{ comparison: options, acceptsUntested, remarks, isInterrupted: signal.aborted },
      changedRules: changedRulesOf(options, compared),
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

function comparedIn({ sessions, ...opened }: OpenedDiff, found: Found) {
  const sides = sidesOf(sessions)
  return { ...opened, ...found, sides, rules: { old: sides.old.rules, new: sides.new.rules } }
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

function scopeOf(options: DiffOptions, family: Family): Scope {
  const { families, protocols, ports, from, to, plan } = options
  return {
    ...{ families, protocols, ports, paths: pathsAsked(options, family) },
    isPart: from !== undefined || to !== undefined,
    links: new Map(plan.zones.map(({ name, link }) => [name, link])),
  }
}
