/** One planned sweep through two firewalls at once → a table of what changed, with evidence. */
import { type Change, changesOf } from '../../src/diff/change.ts'
import type { ChangeRow, Detail, DiffTable, UnsteadyRow } from '../../src/diff/diff.ts'
import type { Family, Protocol } from '../../src/flow.ts'
import type { PortSet, Range } from '../../src/ports.ts'
import type { Losses } from '../../src/result.ts'
import type { Spans } from '../../src/spans.ts'
import { decidingStep, type Shape, type Walk } from '../../src/walk.ts'
import { type FirewallLab, walks } from '../firewall-lab.ts'
import type { PacketFields, PathSpec, SweepSpec } from '../lab/contract.ts'
import { survey } from '../survey.ts'

export interface PlannedTable {
  readonly from: string
  readonly to: string
  readonly family: Family
  readonly protocol: Protocol
  readonly combination: string
  readonly ordinary: boolean
  readonly shape: Shape
  readonly detail: Detail
  readonly numbers: PortSet
  readonly classes: Spans<number>
  readonly repeats: number
}

export interface Sides {
  readonly old: FirewallLab
  readonly new: FirewallLab
}

/** Rows of a table that are traced; more of them have one cause, or none that helps. */
const TRACED_ROWS = 12

/** What was traced already: the same change in another combination is not traced again. */
export class Traced {
  readonly #changes = new Set<string>()
  readonly #unsteady = new Map<string, Pick<UnsteadyRow, 'alike' | 'rule'>>()

  /** Whether a change is told for the first time. */
  isNew({ from, to, protocol }: PathSpec, row: Change): boolean {
    const key = JSON.stringify([from, to, protocol, row.from, row.to, row.kind])
    const isNew = !this.#changes.has(key)
    this.#changes.add(key)
    return isNew
  }

  known(path: PathSpec, range: Range): Pick<UnsteadyRow, 'alike' | 'rule'> | undefined {
    return this.#unsteady.get(this.#keyOf(path, range))
  }

  keep(path: PathSpec, row: UnsteadyRow): void {
    this.#unsteady.set(this.#keyOf(path, row), row)
  }

  #keyOf({ from, to, protocol }: PathSpec, range: Range): string {
    return JSON.stringify([from, to, protocol, range.from, range.to])
  }
}

export async function compareTable(
  sides: Sides,
  planned: PlannedTable,
  { traced, replay }: { traced: Traced; replay: (number: number) => string },
): Promise<DiffTable> {
  const { numbers, classes, repeats } = planned
  const path = pathOf(planned)
  const spec = { path, numbers, classes, repeats }
  const [before, after] = await Promise.all([
    survey(sides.old.lab, spec),
    survey(sides.new.lab, spec),
  ])
  const { changed, unsteady } = changesOf(numbers, before.observed, after.observed)
  const tracing = { sides, path, traced }
  const rows = changed.map((change): ChangeRow => ({ ...change, replay: replay(change.from) }))
  const { from, to, family, protocol, combination, ordinary, shape, detail } = planned
  return {
    ...{ from, to, family, protocol, combination, ordinary, shape, detail },
    numbers: numbers.size,
    probes: Math.max(before.probes, after.probes),
    changes: await withEvidence(tracing, rows),
    unsteady: await withRules(tracing, unsteady),
    losses: sum(before.losses, after.losses),
  }
}

export function pathOf({
  from,
  to,
  protocol,
  shape,
}: Pick<PlannedTable, 'from' | 'to' | 'protocol' | 'shape'>): PathSpec &
  PacketFields &
  Pick<SweepSpec, 'sourcePort'> {
  return { from, to, protocol, ...shape }
}

async function withEvidence(
  { sides, path, traced }: Tracing,
  rows: readonly ChangeRow[],
): Promise<readonly ChangeRow[]> {
  const fresh = rows.filter((row) => traced.isNew(path, row)).slice(0, TRACED_ROWS)
  const found = await bothWalks(sides, path, fresh)
  return rows.map((row) => {
    const walked = found.get(row)
    return walked ? { ...row, evidence: { number: row.from, ...walked } } : row
  })
}

interface Tracing {
  readonly sides: Sides
  readonly path: PathSpec
  readonly traced: Traced
}

/** Through both firewalls, by the ranges whose first numbers were asked for. */
async function bothWalks<R extends Range>(
  { old, new: young }: Sides,
  path: PathSpec,
  ranges: readonly R[],
): Promise<Map<R, { before: Walk; after: Walk }>> {
  if (ranges.length === 0) return new Map()
  const numbers = ranges.map(({ from }) => from)
  const [before, after] = await Promise.all([
    walks(old, path, numbers),
    walks(young, path, numbers),
  ])
  return new Map(ranges.map((range, i) => [range, { before: before[i]!, after: after[i]! }]))
}

/** Which rule makes it unsteady, before and after: the same text is no difference that could be seen. */
async function withRules(
  { sides, path, traced }: Tracing,
  unsteady: PortSet,
): Promise<UnsteadyRow[]> {
  const fresh = unsteady.ranges.filter((range) => !traced.known(path, range)).slice(0, TRACED_ROWS)
  // As it was before the limit was used up: a rule that no longer holds is not traced.
  if (fresh.length > 0) await afresh(sides)
  for (const [range, { before, after }] of await bothWalks(sides, path, fresh)) {
    const [was, is] = [rememberedBy(before), rememberedBy(after)]
    traced.keep(path, { ...range, alike: was === is, ...(is === undefined ? {} : { rule: is }) })
  }
  return unsteady.ranges.map((range) => ({
    ...range,
    ...(traced.known(path, range) ?? { alike: false }),
  }))
}

/** What a firewall remembers of one sweep must not matter in the next one. */
export async function afresh({ old, new: young }: Sides): Promise<void> {
  await Promise.all([old.lab.install(old.firewall), young.lab.install(young.firewall)])
}

const REMEMBERS =
  /\b(?:limit|quota|meter|ct count|numgen|connlimit|hashlimit|recent|statistic)\b|\b(?:add|update) @/

function rememberedBy(walk: Walk): string | undefined {
  const remembering = walk.steps.find(({ rule }) => rule !== undefined && REMEMBERS.test(rule))
  const step = remembering ?? decidingStep(walk)
  return step && (step.rule ?? `${step.chain}: ${step.verdict}`)
}

function sum(a: Losses, b: Losses): Losses {
  const names = new Set([...Object.keys(a), ...Object.keys(b)])
  return Object.fromEntries([...names].map((name) => [name, (a[name] ?? 0) + (b[name] ?? 0)]))
}
