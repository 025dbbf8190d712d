/** Two firewalls, in labs of the same shape and at the same time → everything that differs. */

import { factsOf } from '../../src/analysis/extract.ts'
import type { Scope } from '../../src/changed-rules/untested-reasons.ts'
import { withCounterexamples } from '../../src/compare/counterexamples.ts'
import { holdAgainst, type ProbedTable, unprobed } from '../../src/compare/declared.ts'
import type { Delta } from '../../src/compare/delta.ts'
import type { Firewall, Inspection } from '../../src/firewall/firewall.ts'
import type { LabPlan } from '../../src/lab/lab.ts'
import { PortSet } from '../../src/net/port-set.ts'
import {
  FAMILIES,
  type Family,
  familyName,
  PROTOCOLS,
  type Protocol,
} from '../../src/net/protocol.ts'
import type { RuleFacts } from '../../src/nft/facts.ts'
import {
  type Coverage,
  type DiffResult,
  type DiffSide,
  type DiffTable,
  ICMP_ERRORS,
  isAboutFlows,
  statusOfDiff,
} from '../../src/result/diff.ts'
import { gathered, notMeasuredWords } from '../../src/result/not-measured.ts'
import { dormantInBoth, remarked } from '../../src/result/remarks.ts'
import type { ControlResult, NotMeasured } from '../../src/result/result.ts'
import { hasScript } from '../firewall/state.ts'
import { inLab } from '../provider/open-lab.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { Limit } from '../system/limit.ts'
import { changedRulesOf } from './diff-changed-rules.ts'
import { flowTables } from './diff-flows.ts'
import { type DiffPlan, planDiff } from './diff-plan.ts'
import type { SideProviders } from './diff-providers.ts'
import { compareTable, type PlannedTable, type Sides, Traced } from './diff-sweep.ts'
import { differencesOf, type TriedDifference, tryDifferences } from './diff-tried.ts'
import { notMeasured } from './not-measured.ts'
import { type LabPath, openSession, pathsOf, type Session } from './session.ts'

export interface DiffOptions {
  readonly sandbox: Sandbox
  readonly jobs: number
  readonly old: Firewall
  readonly new: Firewall
  readonly plan: LabPlan
  /** Where they are, that are not in namespaces of the labs' own. */
  readonly providers?: SideProviders | undefined
  readonly delta: Delta | undefined
  /** Rules that were not tried are a warning only. */
  readonly acceptsUntested?: boolean
  /** What a reader of the result should know of the lab. */
  readonly remarks?: readonly string[]
  readonly quick: boolean
  readonly budget: number | undefined
  readonly from: readonly string[] | undefined
  readonly to: readonly string[] | undefined
  readonly families: readonly Family[] | undefined
  readonly protocols: readonly Protocol[] | undefined
  readonly ports: PortSet | undefined
  readonly signal: AbortSignal
  /** Command that compares one number of a table again. */
  readonly replay: (table: PlannedTable, number: number) => string
  readonly onPlan: (plans: readonly DiffPlan[]) => void
}

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

/** Bytes of the longest packet that any rule may ask for. */
const LONGEST = 1500

export async function runDiff(options: DiffOptions): Promise<DiffFound> {
  // Few probes are mostly waited for: both families wait at once.
  const limit = new Limit(
    options.quick ? FAMILIES.length : Math.max(1, Math.floor(options.jobs / 2)),
  )
  const families = FAMILIES.filter((family) => options.families?.includes(family) ?? true)
  if (Object.values(options.providers ?? {}).some(({ oneAtATime }) => oneAtATime))
    return inTurn(options, families)
  const failures = new Failures(options)
  const prepared = await Promise.all(
    families.map((family) => failures.caught(family, () => prepare(options, family))),
  )
  const ready = prepared.filter((one) => one !== undefined)
  failures.mustLeave(ready.length)
  if (!options.signal.aborted) options.onPlan(ready.map(({ plan }) => plan))
  const found = await Promise.all(
    ready.map((one) => limit.run(() => measureFamily(options, one, failures))),
  )
  return conclude(options, { prepared: ready, found, failures: failures.all })
}

/** Families that could not be measured; the others go on. */
class Failures {
  readonly all: NotMeasured[] = []
  readonly #signal: AbortSignal
  #first: unknown

  constructor({ signal }: DiffOptions) {
    this.#signal = signal
  }

  /** Undefined where the work fails. What fails because of an interruption is no failure. */
  async caught<T>(family: Family, work: () => Promise<T>): Promise<T | undefined> {
    try {
      return await work()
    } catch (error) {
      if (this.#signal.aborted) return undefined
      this.#first ??= error
      this.all.push(notMeasured(error, family))
      return undefined
    }
  }

  /** Throws the first failure where nothing is left to compare. */
  mustLeave(ready: number): void {
    if (ready === 0 && this.all.length > 0) throw this.#first
  }
}

/** A namespace that is somebody's takes one lab: the families have it one after the other. */
async function inTurn(options: DiffOptions, families: readonly Family[]): Promise<DiffFound> {
  const failures = new Failures(options)
  const prepared: Prepared[] = []
  const found: Compared[] = []
  for (const family of families) {
    const ready = await failures.caught(family, () => prepare(options, family))
    if (!ready) continue
    options.onPlan([ready.plan])
    prepared.push(ready)
    found.push(await measureFamily(options, ready, failures))
  }
  failures.mustLeave(prepared.length)
  return conclude(options, { prepared, found, failures: failures.all })
}

/** What was seen of a firewall that is somewhere else counts only if it has not ended meanwhile. */
async function measureFamily(
  options: DiffOptions,
  ready: Prepared,
  failures: Failures,
): Promise<Compared> {
  const found: Comparing = { tables: [], tried: [] }
  const isHoused = Object.keys(options.providers ?? {}).length > 0
  const { old, new: young } = ready.sides
  const compare = (): Promise<true> => compareFamily(options, ready, found).then(() => true)
  const done = await failures.caught(ready.family, () =>
    isHoused ? inLab(old.lab, true, () => inLab(young.lab, true, compare)) : compare(),
  )
  return done || !isHoused || options.signal.aborted ? found : { tables: [], tried: [] }
}

interface Prepared {
  readonly family: Family
  readonly paths: readonly LabPath[]
  readonly sides: Sides
  readonly facts: Readonly<Record<'old' | 'new', RuleFacts>>
  readonly plan: DiffPlan
  readonly controls: readonly ControlResult[]
}

/** Undefined where nothing of the family is to be probed. */
async function prepare(options: DiffOptions, family: Family): Promise<Prepared | undefined> {
  const { plan, sandbox, protocols, ports, quick } = options
  const paths = pathsOf(plan, family).filter(
    ({ from, to }) => (options.from?.includes(from) ?? true) && (options.to?.includes(to) ?? true),
  )
  if (paths.length === 0) return undefined
  const controlled = protocols ?? (ports ? (['tcp', 'udp'] as const) : PROTOCOLS)
  const withState = hasScript(options.old) || hasScript(options.new)
  const open = {
    ...{ plan, family, paths, withState, longest: LONGEST },
    protocols: quick ? controlled.slice(0, 1) : controlled,
  }
  const [old, young] = await bothOrNone(
    openSession(sandbox, options.old, { ...open, provider: options.providers?.old }),
    openSession(sandbox, options.new, { ...open, provider: options.providers?.new }),
  )
  const facts = { old: factsOf(old.inspection), new: factsOf(young.inspection) }
  return {
    family,
    paths,
    sides: { old, new: young },
    facts,
    controls: [...old.controls, ...young.controls],
    plan: planDiff({
      ...{ plan, family, paths, protocols, ports, quick },
      budget:
        options.budget === undefined ? undefined : Math.floor(options.budget / FAMILIES.length),
      facts: [facts.old, facts.new],
      speaksOfErrors: [old, young].some(({ inspection }) =>
        SPEAKS_OF_ERRORS.test(rulesetText(inspection)),
      ),
      also: (protocol) => declaredNumbers(options.delta, protocol),
    }),
  }
}

/** Where one fails, the other is closed: the next family may need its room. */
async function bothOrNone(
  ...opening: readonly [Promise<Session>, Promise<Session>]
): Promise<[Session, Session]> {
  try {
    return await Promise.all(opening)
  } catch (error) {
    for (const one of await Promise.allSettled(opening))
      if (one.status === 'fulfilled') await one.value.lab.close().catch(() => {})
    throw error
  }
}

const SPEAKS_OF_ERRORS = /\brelated\b/i
const rulesetText = ({ listing, legacy }: Inspection): string =>
  [listing, ...Object.values(legacy)].join('\n')

function declaredNumbers(delta: Delta | undefined, protocol: Protocol): PortSet {
  const own = (delta ?? []).filter((entry) => entry.protocol === protocol)
  // Of a declaration of everything the edges are enough.
  return PortSet.of(
    ...own.flatMap(({ numbers }) => numbers.ranges.flatMap(({ from, to }) => [from, to])),
  )
}

async function compareFamily(
  options: DiffOptions,
  prepared: Prepared,
  found: Comparing,
): Promise<void> {
  const { sides, plan, controls } = prepared
  const { tables } = found
  const traced = new Traced()
  // Without controls that pass, nothing that follows can be believed.
  if (controls.some(({ passed }) => !passed)) return
  const sent: PlannedTable[] = []
  const compareAll = async (all: readonly PlannedTable[]): Promise<void> => {
    for (const planned of all) {
      if (options.signal.aborted) break
      try {
        const table = await compareTable(sides, planned, {
          traced,
          replay: (number) => options.replay(planned, number),
        })
        tables.push({ table, probed: planned.numbers })
        sent.push(planned)
      } catch (error) {
        // An interruption ends the labs in the middle of something: what was found stays.
        if (!options.signal.aborted) throw error
      }
    }
  }
  await compareAll(plan.tables)
  try {
    const differences = differencesOf(sides)
    if (!differences || options.signal.aborted) return
    const scope = scopeOf(options, prepared)
    const flows = await flowTables(sides, differences, sent, scope)
    await compareAll(flows)
    found.tried.push(...(await tryDifferences(sides, differences, sent, scope)))
  } catch (error) {
    if (!options.signal.aborted) throw error
  }
}

/** What one family came to; filled as things become known. */
interface Comparing {
  readonly tables: ProbedTable[]
  readonly tried: TriedDifference[]
}

type Compared = Readonly<Comparing>

function scopeOf(options: DiffOptions, { paths }: Prepared): Scope {
  const { families, protocols, ports, from, to, plan } = options
  return {
    ...{ families, protocols, ports, paths },
    isPart: from !== undefined || to !== undefined,
    links: new Map(plan.zones.map(({ name, link }) => [name, link])),
  }
}

const failedControls = (controls: readonly ControlResult[]): string[] =>
  controls
    .filter(({ passed }) => !passed)
    .map(({ family, reason }) => `IPv${family}: a control failed: ${reason}`)

const unshown = (...[delta, probed]: Parameters<typeof unprobed>): string[] =>
  unprobed(delta, probed).map(
    ({ at }) => `${at.file}:${at.line}: nothing was probed that could show this change`,
  )

interface Measured {
  readonly prepared: readonly Prepared[]
  readonly found: readonly Compared[]
  readonly failures: readonly NotMeasured[]
}

function conclude(
  { delta, old, new: young, signal, acceptsUntested = false, remarks = [] }: DiffOptions,
  { prepared, found, failures }: Measured,
): DiffFound {
  const probed = found.flatMap(({ tables }) => tables)
  const changedRules = changedRulesOf(
    { old, new: young },
    prepared.map(({ sides }, i) => ({ sides, tried: found[i]?.tried ?? [] })),
  )
  const held = delta
    ? holdAgainst(delta, probed)
    : { tables: probed.map(({ table }) => table), missing: [] }
  const controls = prepared.flatMap((one) => one.controls)
  // Where a family is missing, a declared change may be in what was not seen.
  const missing = failures.length > 0 ? [] : held.missing
  const failed = gathered(failures)
  const problems = [
    ...(failed.notMeasured ?? []).map((one) => `${notMeasuredWords(one)}: ${one.reason}`),
    ...failedControls(controls),
    ...(delta ? unshown(delta, probed) : []),
    ...prepared.flatMap(({ family, plan }) => untouchedIn(family, plan)),
    ...(signal.aborted ? ['interrupted before it was done'] : []),
  ]
  const tables = withCounterexamples(
    held.tables.map((table, i) => ({ table, probed: probed[i]!.probed })),
  )
  const status = statusOfDiff({
    tables: held.tables,
    missing,
    ...{ problems, changedRules, acceptsUntested },
    ...(delta ? { expected: '' } : {}),
  })
  return {
    status,
    interrupted: signal.aborted,
    old: sideOf(
      old,
      prepared.map(({ facts }) => facts.old),
    ),
    new: sideOf(
      young,
      prepared.map(({ facts }) => facts.new),
    ),
    coverage: coverageOf(prepared, probed),
    controls,
    tables: tables.filter(({ changes, unsteady }) => changes.length + unsteady.length > 0),
    missing,
    changedRules,
    acceptsUntested,
    ...remarked([...remarks, ...prepared.flatMap((one) => dormantIn(old, young, one))]),
    problems,
    ...failed,
  }
}

const dormantIn = (old: Firewall, young: Firewall, { sides }: Prepared): string[] =>
  dormantInBoth(
    { origin: old.origin, dormant: sides.old.inspection.dormant },
    { origin: young.origin, dormant: sides.new.inspection.dormant },
  )

function untouchedIn(family: Family, { untouched }: DiffPlan): string[] {
  const [first, ...more] = untouched
  if (first === undefined) return []
  const others = more.length > 0 ? `, and of ${more.length} more paths and protocols` : ''
  return [`IPv${family}: nothing was probed of ${first}${others}: the budget is too small for them`]
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

const isOfFlow = ({ combination }: DiffTable): boolean =>
  isAboutFlows(combination) && combination !== ICMP_ERRORS

function coverageOf(prepared: readonly Prepared[], probed: readonly ProbedTable[]): Coverage {
  const plans = prepared.map(({ plan }) => plan)
  const sum = (of: (plan: DiffPlan) => number): number =>
    plans.reduce((all, plan) => all + of(plan), 0)
  return {
    paths: prepared.reduce((all, { paths }) => all + paths.length, 0),
    // Of flows there are those that were chosen.
    combinations:
      Number(plans.reduce((all, { combinations }) => all + combinations, 0n)) +
      probed.filter(({ table }) => isOfFlow(table)).length,
    probed: probed.length,
    classes: sum(({ classes }) => classes),
    numbers: probed.reduce((all, one) => all + one.probed.size, 0),
    probes: probed.reduce((all, { table }) => all + table.probes, 0),
    unusedPaths: ofFamilies(prepared, ({ unusedPaths }) => unusedPaths),
    alikePaths: ofFamilies(prepared, ({ alikePaths }) => alikePaths),
    leftOut: [...new Set(plans.flatMap(({ leftOut }) => leftOut))],
  }
}

/** What is so over one family only says which. */
function ofFamilies(
  prepared: readonly Prepared[],
  of: (plan: DiffPlan) => readonly string[],
): string[] {
  const families = Map.groupBy(
    prepared.flatMap(({ family, plan }) => of(plan).map((name) => ({ name, family }))),
    ({ name }) => name,
  )
  return [...families].map(([name, own]) =>
    own.length === prepared.length ? name : `${name} over ${familyName(own[0]!.family)}`,
  )
}
