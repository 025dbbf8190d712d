/**
 * A comparison of two firewalls as an experiment: its controls, and its sweeps through both
 * firewalls.
 */
import type { Firewall, Inspection } from '../firewall/firewall.ts'
import type { LabPlan } from '../lab/lab.ts'
import { type LabPath, pathsOf } from '../lab/paths.ts'
import { PortSet } from '../net/port-set.ts'
import { FAMILIES, type Family, PORT_PROTOCOLS, PROTOCOLS, type Protocol } from '../net/protocol.ts'
import { type DiffPlan, type DiffSweep, planDiff } from '../plan/diff.ts'
import { ordinaryControls } from './controls.ts'
import type { Delta } from './delta.ts'
import type { Experiment, Rules } from './experiment.ts'

/** The selection of paths and ports, and the amount of probes. */
export interface Comparison {
  readonly old: Firewall
  readonly new: Firewall
  readonly plan: LabPlan
  readonly delta: Delta | undefined
  readonly quick: boolean
  readonly budget: number | undefined
  readonly from: readonly string[] | undefined
  readonly to: readonly string[] | undefined
  readonly families: readonly Family[] | undefined
  readonly protocols: readonly Protocol[] | undefined
  readonly ports: PortSet | undefined
}

export type DiffExperiment = Experiment<DiffSweep, DiffPlan>

export function diffExperiment(comparison: Comparison): DiffExperiment {
  const { plan } = comparison
  return {
    lab: plan,
    sides: [{ firewall: comparison.old }, { firewall: comparison.new }],
    controls: (family) =>
      ordinaryControls(plan, family, pathsAsked(comparison, family), protocolsOf(comparison)),
    plan: (family, rules) => planOf(comparison, family, rules as readonly Rules[]),
  }
}

export function pathsAsked(
  { plan, families, from, to }: Comparison,
  family: Family,
): readonly LabPath[] {
  if (families && !families.includes(family)) return []
  return pathsOf(plan, family).filter(
    (path) => (from?.includes(path.from) ?? true) && (to?.includes(path.to) ?? true),
  )
}

const protocolsOf = ({ protocols, ports }: Comparison): readonly Protocol[] =>
  protocols ?? (ports ? PORT_PROTOCOLS : PROTOCOLS)

function planOf(comparison: Comparison, family: Family, rules: readonly Rules[]): DiffPlan {
  const { plan, protocols, ports, quick, budget, delta } = comparison
  return planDiff({
    ...{ plan, family, protocols, ports, quick },
    paths: pathsAsked(comparison, family),
    budget: budget === undefined ? undefined : Math.floor(budget / FAMILIES.length),
    facts: rules.map(({ facts }) => facts),
    speaksOfErrors: rules.some(({ inspection }) => SPEAKS_OF_ERRORS.test(textOf(inspection))),
    also: (protocol) => declaredNumbers(delta, protocol),
  })
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
