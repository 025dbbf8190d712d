/** One planned sweep through two firewalls at once → a table of what changed, with evidence. */
import { type Changes, changesOf } from '../../src/compare/change.ts'
import { repetitionsIn, withConsistency } from '../../src/compare/consistency.ts'
import { extrapolate } from '../../src/compare/extrapolate.ts'
import type { AddressedPacket } from '../../src/net/packet-fields.ts'
import { PortSet, type Range } from '../../src/net/port-set.ts'
import type { Family, Protocol } from '../../src/net/protocol.ts'
import type { RangeMap } from '../../src/net/range-map.ts'
import type { Change, ChangeRow, Detail, DiffTable, UnsteadyRow } from '../../src/result/diff.ts'
import type { Observation } from '../../src/result/outcome.ts'
import type { Losses } from '../../src/result/result.ts'
import { decidingStep, type Walk } from '../../src/result/trace.ts'
import type { PacketFields, PathSpec, SweepSpec } from '../contract/lab.ts'
import { type Session, walks } from './session.ts'
import { type Measurement, type MeasureSpec, measure } from './stateful-sweep.ts'

export interface PlannedTable {
  readonly from: string
  readonly to: string
  readonly family: Family
  readonly protocol: Protocol
  readonly combination: string
  readonly ordinary: boolean
  readonly packet: AddressedPacket
  /** `icmp-error`: the target answers so, and what is held against each other is whether that comes back. */
  readonly answer: SweepSpec['answer']
  /** Its packets belong to flows that were opened before. */
  readonly inFlow?: boolean
  readonly detail: Detail
  readonly numbers: PortSet
  readonly classes: RangeMap<number>
  readonly repetitions: number
  /** So often that limits are used up: where one firewall alone seemed to depend on what came before. */
  readonly thoroughRepeats: number
  /** Whether rules choose among translations by chance, or by a key of their own. */
  readonly scatters: boolean
}

export interface Sides {
  readonly old: Session
  readonly new: Session
}

/** Rows of a table that are traced; more of them have one cause, or none that helps. */
const TRACED_ROWS = 12

/** Classes of numbers whose rules are looked for; of one that was not traced, no rule is known to be the same. */
const TRACED_CLASSES = 256

/** What was traced already: the same change in another combination is not traced again. */
export class Traced {
  readonly #changes = new Set<string>()
  readonly #sure = new Set<string>()
  readonly #unsteady = new Map<string, UnsteadyRule>()

  /** Whether a change is told for the first time. */
  isNew(path: PathSpec, row: Change): boolean {
    const key = this.#keyOfChange(path, row)
    const isNew = !this.#changes.has(key)
    this.#changes.add(key)
    return isNew
  }

  /** Whether it was seen by itself already, in another combination. */
  isSure(path: PathSpec, row: Change): boolean {
    return this.#sure.has(this.#keyOfChange(path, row))
  }

  keepSure(path: PathSpec, row: Change): void {
    this.#sure.add(this.#keyOfChange(path, row))
  }

  #keyOfChange({ from, to, protocol }: PathSpec, row: Change): string {
    const { before, after } = row
    return JSON.stringify([from, to, protocol, row.from, row.to, before, after])
  }

  /** Of a class of numbers, by its id. */
  known(path: PathSpec, id: number): UnsteadyRule | undefined {
    return this.#unsteady.get(this.#keyOf(path, id))
  }

  keep(path: PathSpec, id: number, rule: UnsteadyRule): void {
    this.#unsteady.set(this.#keyOf(path, id), rule)
  }

  #keyOf({ from, to, protocol }: PathSpec, id: number): string {
    return JSON.stringify([from, to, protocol, id])
  }
}

type UnsteadyRule = Pick<UnsteadyRow, 'alike' | 'rule'>

export async function compareTable(
  sides: Sides,
  planned: PlannedTable,
  { traced, replay }: { traced: Traced; replay: (number: number) => string },
): Promise<DiffTable> {
  const { numbers, classes, repetitions, answer } = planned
  const path = pathOf(planned)
  const spec = { path, numbers, classes, repetitions, answer }
  const [before, after] = await surveyBoth(sides, spec)
  const [was, is] = [before, after].map(({ observed }) =>
    planned.detail === 'boundaries' ? extrapolate(observed, classes) : observed,
  ) as [RangeMap<Observation>, RangeMap<Observation>]
  const first = changesOf(numbers, was, is, planned)
  const { changed, unsteady } = await seenOften(sides, planned, { was, is, found: first }, traced)
  const tracing = { sides, path, traced, classes }
  const rows = changed.map((change): ChangeRow => ({ ...change, replay: replay(change.from) }))
  const { from, to, family, protocol, combination, ordinary, packet, detail } = planned
  return {
    ...{ from, to, family, protocol, combination, ordinary, packet, detail },
    numbers: numbers.size,
    probes: Math.max(before.probes, after.probes),
    // It is the probe that is traced, and not its answer.
    changes: answer === 'reply' ? await withEvidence(tracing, rows) : rows,
    unsteady: await withRules(tracing, unsteady),
    losses: sum(before.losses, after.losses),
  }
}

interface Seen {
  readonly was: RangeMap<Observation>
  readonly is: RangeMap<Observation>
  readonly found: Changes
}

/** Probes of a number whose rules go by chance, or by a key that differs with the source port. */
const BY_CHANCE = 16

/**
 * Where rules remember, or go by chance, what differs is probed once more by
 * itself, as often as it takes to use up what limits it: it may have been
 * another packet that made the difference, and a limit may not have been used
 * up yet. All that was seen counts, so that nothing becomes steady by this.
 */
async function seenOften(
  sides: Sides,
  planned: PlannedTable,
  { was, is, found }: Seen,
  traced: Traced,
): Promise<Changes> {
  if (planned.repetitions === 0 && !planned.scatters) return found
  const path = pathOf(planned)
  const doubtful = found.changed.filter((row) => !traced.isSure(path, row))
  if (doubtful.length === 0) return found
  const { numbers, classes } = planned
  const repetitions = Math.max(planned.thoroughRepeats, planned.scatters ? BY_CHANCE : 0)
  const members = doubtful.flatMap((row) =>
    byClass(PortSet.of(row), classes).map((one) => [`${row.from} ${one.id}`, one.from] as const),
  )
  const alone = PortSet.of(...new Map(members).values())
  const { answer } = planned
  const spec = { path, numbers: alone, classes: single(alone), repetitions, answer }
  const [before, after] = await surveyBoth(sides, spec)
  const changes = changesOf(
    numbers,
    withConsistency(was, repetitionsIn(before.observed), classes),
    withConsistency(is, repetitionsIn(after.observed), classes),
    planned,
  )
  for (const row of changes.changed) traced.keepSure(path, row)
  return changes
}

const surveyBoth = (sides: Sides, spec: MeasureSpec): Promise<[Measurement, Measurement]> =>
  Promise.all([surveyOne(sides.old, spec), surveyOne(sides.new, spec)])

const surveyOne = ({ lab, firewall }: Session, spec: MeasureSpec): Promise<Measurement> =>
  measure(lab, spec, () => lab.install(firewall))

/** Each number for itself. */
const single = (numbers: PortSet): RangeMap<number> =>
  [...numbers].map((number) => ({ from: number, to: number, value: number }))

export function pathOf({
  from,
  to,
  protocol,
  packet,
  inFlow,
}: Pick<PlannedTable, 'from' | 'to' | 'protocol' | 'packet' | 'inFlow'>): PathSpec &
  PacketFields &
  Pick<SweepSpec, 'sourcePort' | 'inFlow'> {
  return { from, to, protocol, ...packet, ...(inFlow && { inFlow }) }
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
  readonly classes: RangeMap<number>
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

/**
 * Which rule makes it unsteady, before and after: the same text is no difference
 * that could be seen. One number of each class is traced.
 */
async function withRules(
  { sides, path, traced, classes }: Tracing,
  unsteady: PortSet,
): Promise<UnsteadyRow[]> {
  const rows = byClass(unsteady, classes)
  const fresh = [...new Map(rows.map((row) => [row.id, row])).values()]
    .filter(({ id }) => !traced.known(path, id))
    .slice(0, TRACED_CLASSES)
  // As it was before the limit was used up: a rule that no longer holds is not traced.
  if (fresh.length > 0) await afresh(sides)
  for (const [{ id }, { before, after }] of await bothWalks(sides, path, fresh)) {
    const [was, is] = [rememberedBy(before), rememberedBy(after)]
    traced.keep(path, id, { alike: was === is, ...(is === undefined ? {} : { rule: is }) })
  }
  return rows.map(({ from, to, id }) => ({
    from,
    to,
    ...(traced.known(path, id) ?? { alike: false }),
  }))
}

interface Classed extends Range {
  readonly id: number
}

/** Ranges split at the edges of classes; a number in none has a class of its own. */
function byClass(numbers: PortSet, classes: RangeMap<number>): Classed[] {
  const known = classes.flatMap(({ from, to, value: id }) =>
    numbers.intersect(PortSet.of({ from, to })).ranges.map((range) => ({ ...range, id })),
  )
  const rest = numbers.subtract(PortSet.of(...known)).ranges
  return [...known, ...rest.map((range) => ({ ...range, id: -1 - range.from }))].sort(
    (a, b) => a.from - b.from,
  )
}

async function afresh({ old, new: young }: Sides): Promise<void> {
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
