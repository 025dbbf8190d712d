/** What a lab measures for one family of a scenario, and the order in which a result lists it. */
import type { Family } from '../net/protocol.ts'
import { gathered } from '../result/not-measured.ts'
import type {
  ControlResult,
  FlowResult,
  HandshakeResult,
  NotMeasured,
  OrderResult,
  ScenarioResult,
  SourcePortResult,
  TableResult,
  UntestedResult,
} from '../result/result.ts'
import type { PlannedSweep } from './egress.ts'
import type { SweepOrder } from './order.ts'

/** Filled during the run, so an interruption loses nothing. */
export interface FamilyFindings {
  readonly family: Family
  readonly controls: ControlFinding[]
  /** The sweep itself, then sweeps from exceptional source ports. */
  readonly tables: Map<PlannedSweep, TableResult[]>
  readonly sourcePorts: Map<PlannedSweep, readonly SourcePortResult[]>
  readonly handshakes: Map<PlannedSweep, HandshakeResult>
  readonly flows: Map<PlannedSweep, FlowResult>
  /** Problems besides failed controls. */
  readonly problems: string[]
  /** Rules that no probe can test. */
  readonly untested: UntestedResult[]
  readonly notMeasured: NotMeasured[]
  /** The listing of rules that were already in the namespace. */
  ruleset?: string
}

export interface ControlFinding {
  /** The `pathKey` of each probed path. */
  readonly path: string
  readonly result: ControlResult
}

export function noFindings(family: Family): FamilyFindings {
  return {
    family,
    controls: [],
    tables: new Map(),
    sourcePorts: new Map(),
    handshakes: new Map(),
    flows: new Map(),
    problems: [],
    untested: [],
    notMeasured: [],
  }
}

export type FoundResults = Pick<
  ScenarioResult,
  'controls' | 'tables' | 'sourcePorts' | 'handshakes' | 'flows' | 'problems' | 'notMeasured'
>

export interface Arranged {
  readonly facts: FoundResults
  readonly order: Omit<OrderResult, 'scenario'>
}

interface Placed<T> {
  readonly place: number
  readonly value: T
}

/** All of them in the order of the plan, in whatever order the labs finish. */
export function arrange(findings: readonly FamilyFindings[], order: SweepOrder): Arranged {
  const bySweep = <T>(pick: (one: FamilyFindings) => ReadonlyMap<PlannedSweep, T>) =>
    findings.flatMap((one) => [...pick(one)])
  const placed = {
    controls: findings.flatMap((one) => controlsOf(one, order)),
    tables: spread(
      bySweep((one) => one.tables),
      order.inPlan,
    ),
    sourcePorts: spread(
      bySweep((one) => one.sourcePorts),
      order.byFamily,
    ),
    handshakes: spread(single(bySweep((one) => one.handshakes)), order.inPlan),
    flows: spread(single(bySweep((one) => one.flows)), order.byFamily),
    problems: findings.flatMap((one) => problemsOf(one, order)),
  }
  return {
    facts: {
      controls: values(placed.controls),
      tables: values(placed.tables),
      sourcePorts: values(placed.sourcePorts),
      handshakes: values(placed.handshakes),
      flows: values(placed.flows),
      problems: values(placed.problems),
      ...gathered(findings.flatMap((one) => one.notMeasured)),
    },
    order: {
      controls: numbers(placed.controls),
      tables: numbers(placed.tables),
      sourcePorts: numbers(placed.sourcePorts),
      handshakes: numbers(placed.handshakes),
      flows: numbers(placed.flows),
      problems: numbers(placed.problems),
    },
  }
}

function controlsOf(
  { family, controls }: FamilyFindings,
  order: SweepOrder,
): Placed<ControlResult>[] {
  return controls.map(({ path, result }) => ({
    place: order.ofControl(family, path, result.ruleset),
    value: result,
  }))
}

function problemsOf(findings: FamilyFindings, order: SweepOrder): Placed<string>[] {
  const { family, problems } = findings
  const failed = controlsOf(findings, order)
    .filter(({ value }) => !value.passed)
    .map(({ place, value }) => ({ place, value: `a control failed: ${value.reason}` }))
  const place = order.ofControl(family)
  return [...failed, ...problems.map((value) => ({ place, value }))]
}

function spread<T>(
  found: readonly (readonly [PlannedSweep, readonly T[]])[],
  places: ReadonlyMap<PlannedSweep, number>,
): Placed<T>[] {
  return found
    .flatMap(([sweep, own]) => own.map((value) => ({ place: places.get(sweep)!, value })))
    .sort((a, b) => a.place - b.place)
}

function single<T>(found: readonly (readonly [PlannedSweep, T])[]) {
  return found.map(([sweep, value]) => [sweep, [value]] as const)
}

const values = <T>(placed: readonly Placed<T>[]): T[] => placed.map(({ value }) => value)
const numbers = (placed: readonly Placed<unknown>[]): number[] => placed.map(({ place }) => place)
