/** Compares two firewalls, in labs of the same shape and at the same time. */
import type { TriedDifference } from '../../src/changed-rules/conclusion.ts'
import { exceptTranslated } from '../../src/changed-rules/translated-flows.ts'
import type { Scope } from '../../src/changed-rules/untested-reasons.ts'
import type { ProbedTable } from '../../src/compare/declared.ts'
import {
  type Comparison,
  type DiffExperiment,
  diffExperiment,
  pathsAsked,
} from '../../src/compare/diff.ts'
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
import { Failures } from './families.ts'
import { inSessions, type Opened, openExperiment } from './open.ts'
import type { Inspected, Sides } from './session.ts'

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
  const families = FAMILIES.filter((family) => pathsAsked(options, family).length > 0)
  const run: DiffRun = {
    options,
    experiment: diffExperiment(options),
    failures: new Failures(options.signal),
  }
  // A namespace that is somebody's takes one lab: the families have it one after the other.
  const takesTurns = Object.values(options.providers ?? {}).some(({ oneAtATime }) => oneAtATime)
  const compared = await (takesTurns ? inTurn(run, families) : atOnce(run, families))
  const { old, new: young, delta, acceptsUntested = false, remarks = [], signal } = options
  const changedRules = changedRulesOf({ old, new: young }, compared)
  return concludeDiff(
    {
      ...{ old, new: young, delta, acceptsUntested, changedRules },
      remarks: [...remarks, ...compared.flatMap((one) => dormantIn(options, one))],
      isInterrupted: signal.aborted,
      failures: run.failures.all,
    },
    compared,
  )
}

interface DiffRun {
  readonly options: DiffOptions
  readonly experiment: DiffExperiment
  readonly failures: Failures
}

async function atOnce(run: DiffRun, families: readonly Family[]): Promise<Compared[]> {
  const { options, failures } = run
  // Few probes are mostly waited for: both families wait at once.
  const most = options.quick ? FAMILIES.length : Math.max(1, Math.floor(options.jobs / 2))
  const limit = new Limit(most)
  const opened = await Promise.all(families.map((family) => openFamily(run, family)))
  const ready = opened.filter((one) => one !== undefined)
  failures.mustLeave(ready.length)
  if (!options.signal.aborted) options.onPlan(ready.map(({ plan }) => plan))
  return Promise.all(ready.map((one) => limit.run(() => compareFamily(run, one))))
}

async function inTurn(run: DiffRun, families: readonly Family[]): Promise<Compared[]> {
  const compared: Compared[] = []
  for (const family of families) {
    const opened = await openFamily(run, family)
    if (!opened) continue
    run.options.onPlan([opened.plan])
    compared.push(await compareFamily(run, opened))
  }
  run.failures.mustLeave(compared.length)
  return compared
}

type OpenedDiff = Opened<DiffPlan>

function openFamily(
  { options, experiment, failures }: DiffRun,
  family: Family,
): Promise<OpenedDiff | undefined> {
  const { sandbox, providers } = options
  const withState = leavesState(options.old) || leavesState(options.new)
  const where = { sandbox, withState, providers: [providers?.old, providers?.new] }
  return failures.caught(family, () => openExperiment(experiment, family, where))
}

/** What one family came to. */
interface Compared extends ComparedFamily {
  readonly sides: Sides
  readonly tried: readonly TriedDifference[]
}

/** Filled as things become known. */
interface Found {
  readonly tables: ProbedTable[]
  readonly tried: TriedDifference[]
}

/** What was seen of a firewall that is somewhere else counts only if it has not ended meanwhile. */
async function compareFamily(run: DiffRun, opened: OpenedDiff): Promise<Compared> {
  const { options, failures } = run
  const { family, sessions, plan, controls, problems } = opened
  const [old, young] = sessions as readonly [Inspected, Inspected]
  const sides = { old, new: young }
  const found: Found = { tables: [], tried: [] }
  const isHoused = Object.keys(options.providers ?? {}).length > 0
  const done = await failures.caught(family, () =>
    inSessions(sessions, isHoused, () => compareAll(run, { ...opened, sides }, found)).then(
      () => true,
    ),
  )
  const isLost = !done && isHoused && !options.signal.aborted
  return {
    ...{ family, plan, controls, problems, sides },
    ...(isLost ? { tables: [], tried: [] } : found),
    paths: pathsAsked(options, family).length,
    facts: { old: old.rules.facts, new: young.rules.facts },
  }
}

async function compareAll(
  { options }: DiffRun,
  { family, plan, problems, sides }: OpenedDiff & { readonly sides: Sides },
  { tables, tried }: Found,
): Promise<void> {
  // Without controls that pass, nothing that follows can be believed.
  if (problems.length > 0) return
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
