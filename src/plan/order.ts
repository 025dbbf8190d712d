/**
 * The position of each entry of a scenario's result in the whole scenario. These numbers are the
 * same in every shard, so shards can be joined in this order.
 */

import type { ControlResult, OrderResult, ScenarioResult } from '../result/result.ts'
import type { PlannedSweep } from './egress.ts'

export interface SweepOrder {
  readonly inPlan: ReadonlyMap<PlannedSweep, number>
  /** All sweeps of one family come before those of the other, because a lab measures one family. */
  readonly byFamily: ReadonlyMap<PlannedSweep, number>
  /** One sweep for each path of the family, which its controls probe. */
  controlled(family: PlannedSweep['family']): readonly PlannedSweep[]
  /** The index of the control of this path. Without one, after all controls of the family. */
  ofControl(
    family: PlannedSweep['family'],
    path?: string,
    ruleset?: ControlResult['ruleset'],
  ): number
}

/** `sweeps`: those of the whole scenario. */
export function orderOf(sweeps: readonly PlannedSweep[]): SweepOrder {
  const families = Map.groupBy(sweeps, ({ family }) => family)
  const paths = new Map([...families].map(([family, own]) => [family, byPath(own)]))
  const index = new Map([...paths].map(([family, own]) => [family, [...own.keys()]]))
  const first = new Map<PlannedSweep['family'], number>()
  let next = 0
  for (const [family, own] of paths) {
    first.set(family, next)
    next += own.size * 2 + 1
  }
  return {
    inPlan: numbered(sweeps),
    byFamily: numbered([...families.values()].flat()),
    controlled: (family) => [...(paths.get(family)?.values() ?? [])],
    ofControl: (family, path, ruleset) => {
      const own = index.get(family) ?? []
      const within = path === undefined ? own.length * 2 : own.indexOf(path)
      return first.get(family)! + within + (ruleset === 'drop-all' ? own.length : 0)
    },
  }
}

function numbered(sweeps: readonly PlannedSweep[]): Map<PlannedSweep, number> {
  return new Map(sweeps.map((sweep, i) => [sweep, i]))
}

/**
 * One sweep for each path, in the order of first appearance. The last sweep of a path gives its
 * name.
 */
export function distinctPaths(sweeps: readonly PlannedSweep[]): PlannedSweep[] {
  return [...byPath(sweeps).values()]
}

function byPath(sweeps: readonly PlannedSweep[]): Map<string, PlannedSweep> {
  return new Map(sweeps.map((sweep) => [pathKey(sweep), sweep]))
}

/** Equal for sweeps with one control. */
export function pathKey({ plan, protocol, source, target }: PlannedSweep): string {
  return [plan.from, plan.to, source, target, protocol, plan.answer].join(' ')
}

/** For a scenario that is never divided: its entries keep their order. */
export function orderOfResult(scenario: ScenarioResult): Omit<OrderResult, 'scenario'> {
  const { controls, tables, sourcePorts, handshakes, flows, problems } = scenario
  const order = (entries: readonly unknown[]): number[] => entries.map((_, i) => i)
  return {
    controls: order(controls),
    tables: order(tables),
    sourcePorts: order(sourcePorts),
    handshakes: order(handshakes),
    flows: order(flows),
    problems: order(problems),
  }
}
