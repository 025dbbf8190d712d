/** Two firewalls, in labs of the same shape and at the same time → everything that differs. */

import { holdAgainst, type ProbedTable, unprobed } from '../../src/diff/declared.ts'
import type { Delta } from '../../src/diff/delta.ts'
import { type Coverage, type DiffResult, type DiffSide, statusOfDiff } from '../../src/diff/diff.ts'
import { withExceptions } from '../../src/diff/exceptions.ts'
import type { Scope } from '../../src/diff/untested-reasons.ts'
import type { Facts } from '../../src/firewall/facts.ts'
import { factsOf } from '../../src/firewall/facts-of.ts'
import type { Firewall, Inspection } from '../../src/firewall/firewall.ts'
import { FAMILIES, type Family, familyName, PROTOCOLS, type Protocol } from '../../src/flow.ts'
import type { LabPlan } from '../../src/lab/lab.ts'
import { PortSet } from '../../src/ports.ts'
import type { ControlResult } from '../../src/result.ts'
import { hasScript } from '../firewall/state.ts'
import { type LabPath, openFirewall, pathsOf } from '../firewall-lab.ts'
import type { HousedSides } from '../provider/housed-sides.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import { Slots } from '../slots.ts'
import { changedRulesOf } from './changed-rules.ts'
import { type DiffPlan, planDiff } from './plan.ts'
import { compareTable, type PlannedTable, type Sides, Traced } from './table.ts'
import { type TriedDifference, tryDifferences } from './tried.ts'

export interface DiffOptions {
  readonly sandbox: Sandbox
  readonly jobs: number
  readonly old: Firewall
  readonly new: Firewall
  readonly plan: LabPlan
  /** Where they are, that are not in namespaces of the labs' own. */
  readonly housings?: HousedSides | undefined
  readonly delta: Delta | undefined
  /** Rules that were not tried are a warning only. */
  readonly acceptsUntested?: boolean
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
  | 'problems'
>

/** Bytes of the longest packet that any rule may ask for. */
const LONGEST = 1500

export async function runDiff(options: DiffOptions): Promise<DiffFound> {
  // Few probes are mostly waited for: both families wait at once.
  const slots = new Slots(
    options.quick ? FAMILIES.length : Math.max(1, Math.floor(options.jobs / 2)),
  )
  const families = FAMILIES.filter((family) => options.families?.includes(family) ?? true)
  if (Object.values(options.housings ?? {}).some(({ oneAtATime }) => oneAtATime))
    return inTurn(options, families)
  const prepared = await Promise.all(families.map((family) => prepareUnlessEnded(options, family)))
  const ready = prepared.filter((one) => one !== undefined)
  if (!options.signal.aborted) options.onPlan(ready.map(({ plan }) => plan))
  const found = await Promise.all(ready.map((one) => slots.run(() => compareFamily(options, one))))
  return conclude(options, ready, found)
}

/** A namespace that is somebody's takes one lab: the families have it one after the other. */
async function inTurn(options: DiffOptions, families: readonly Family[]): Promise<DiffFound> {
  const prepared: Prepared[] = []
  const found: Compared[] = []
  for (const family of families) {
    const ready = await prepareUnlessEnded(options, family)
    if (!ready) continue
    options.onPlan([ready.plan])
    prepared.push(ready)
    found.push(await compareFamily(options, ready))
    const { sides } = ready
    await Promise.all([sides.old.lab.close(), sides.new.lab.close()]).catch((error: unknown) => {
      if (!options.signal.aborted) throw error
    })
  }
  return conclude(options, prepared, found)
}

interface Prepared {
  readonly family: Family
  readonly paths: readonly LabPath[]
  readonly sides: Sides
  readonly facts: Readonly<Record<'old' | 'new', Facts>>
  readonly plan: DiffPlan
  readonly controls: readonly ControlResult[]
}

async function prepareUnlessEnded(
  options: DiffOptions,
  family: Family,
): Promise<Prepared | undefined> {
  try {
    return await prepare(options, family)
  } catch (error) {
    if (!options.signal.aborted) throw error
    return undefined
  }
}

/** Undefined where nothing of the family is to be probed. */
async function prepare(options: DiffOptions, family: Family): Promise<Prepared | undefined> {
  const { plan, sandbox, protocols, ports, quick } = options
  const paths = pathsOf(plan, family).filter(
    ({ from, to }) => (options.from?.includes(from) ?? true) && (options.to?.includes(to) ?? true),
  )
  if (paths.length === 0) return undefined
  const eyes = protocols ?? (ports ? (['tcp', 'udp'] as const) : PROTOCOLS)
  const withState = hasScript(options.old) || hasScript(options.new)
  const open = {
    ...{ plan, family, paths, withState, longest: LONGEST },
    protocols: quick ? eyes.slice(0, 1) : eyes,
  }
  const [old, young] = await Promise.all([
    openFirewall(sandbox, options.old, { ...open, housing: options.housings?.old }),
    openFirewall(sandbox, options.new, { ...open, housing: options.housings?.new }),
  ])
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
        SPEAKS_OF_ERRORS.test(textOf(inspection)),
      ),
      also: (protocol) => declaredNumbers(options.delta, protocol),
    }),
  }
}

const SPEAKS_OF_ERRORS = /\brelated\b/i
const textOf = ({ listing, legacy }: Inspection): string =>
  [listing, ...Object.values(legacy)].join('\n')

function declaredNumbers(delta: Delta | undefined, protocol: Protocol): PortSet {
  const own = (delta ?? []).filter((entry) => entry.protocol === protocol)
  // Of a declaration of everything the edges are enough.
  return PortSet.of(
    ...own.flatMap(({ numbers }) => numbers.ranges.flatMap(({ from, to }) => [from, to])),
  )
}

async function compareFamily(options: DiffOptions, prepared: Prepared): Promise<Compared> {
  const { sides, plan, controls } = prepared
  const tables: ProbedTable[] = []
  const traced = new Traced()
  // Whoever cannot see right has nothing to tell.
  if (controls.some(({ passed }) => !passed)) return { tables, tried: [] }
  const sent: PlannedTable[] = []
  for (const planned of plan.tables) {
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
  try {
    return { tables, tried: await tryDifferences(sides, sent, scopeOf(options, prepared)) }
  } catch (error) {
    if (!options.signal.aborted) throw error
    return { tables, tried: [] }
  }
}

/** What one family came to. */
interface Compared {
  readonly tables: readonly ProbedTable[]
  readonly tried: readonly TriedDifference[]
}

function scopeOf(options: DiffOptions, { paths }: Prepared): Scope {
  const { families, protocols, ports, from, to, plan } = options
  return {
    ...{ families, protocols, ports, paths },
    isPart: from !== undefined || to !== undefined,
    links: new Map(plan.zones.map(({ name, link }) => [name, link])),
  }
}

function conclude(
  { delta, old, new: young, signal, acceptsUntested = false }: DiffOptions,
  prepared: readonly Prepared[],
  found: readonly Compared[],
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
  const problems = [
    ...controls
      .filter(({ passed }) => !passed)
      .map(({ family, reason }) => `IPv${family}: a control failed: ${reason}`),
    ...(delta
      ? unprobed(delta, probed).map(
          ({ at }) => `${at.file}:${at.line}: nothing was probed that could show this change`,
        )
      : []),
    ...prepared.flatMap(({ family, plan }) => untouchedIn(family, plan)),
    ...(signal.aborted ? ['interrupted before it was done'] : []),
  ]
  const tables = withExceptions(
    held.tables.map((table, i) => ({ table, probed: probed[i]!.probed })),
  )
  const status = statusOfDiff({
    ...held,
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
    missing: held.missing,
    changedRules,
    acceptsUntested,
    problems,
  }
}

function untouchedIn(family: Family, { untouched }: DiffPlan): string[] {
  const [first, ...more] = untouched
  if (first === undefined) return []
  const others = more.length > 0 ? `, and of ${more.length} more paths and protocols` : ''
  return [`IPv${family}: nothing was probed of ${first}${others}: the budget is too small for them`]
}

function sideOf({ origin }: Firewall, facts: readonly Facts[]): DiffSide {
  const distinct = (texts: readonly string[]): string[] => [...new Set(texts)]
  return {
    origin,
    notVaried: distinct(
      facts.flatMap(({ opaque }) =>
        opaque.map(({ what, where }) => `${what} (${where.chain}: ${where.text})`),
      ),
    ),
    history: distinct(
      facts.flatMap(({ history }) => history.map(({ where }) => `${where.chain}: ${where.text}`)),
    ),
  }
}

function coverageOf(prepared: readonly Prepared[], probed: readonly ProbedTable[]): Coverage {
  const plans = prepared.map(({ plan }) => plan)
  const sum = (of: (plan: DiffPlan) => number): number =>
    plans.reduce((all, plan) => all + of(plan), 0)
  return {
    paths: prepared.reduce((all, { paths }) => all + paths.length, 0),
    combinations: Number(plans.reduce((all, { combinations }) => all + combinations, 0n)),
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
