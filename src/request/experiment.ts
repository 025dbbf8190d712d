/** What is swept, before and after, to see exactly what a request opens. */
import type { Prefix } from '../addresses.ts'
import { FAMILIES, type Family } from '../flow.ts'
import { expectationsOf, type PlannedSweep, planSweeps } from '../plan.ts'
import type { Policy } from '../policy/policy.ts'
import { PortSet } from '../ports.ts'
import type { Scenario, SweepPlan, Zone } from '../scenario.ts'
import { toGrant } from './grants.ts'
import type { StandIn, Where } from './measured.ts'
import { type Grant, PORT_PROTOCOLS, type PortProtocol, type Request } from './request.ts'
import { NotMeasurable, relocate, type Target, type Targets, targetsOf } from './targets.ts'

export interface Setting {
  readonly policy: Policy
  /** Of the whole platform. */
  readonly zones: readonly Zone[]
  /** What holds today; not what the request itself would give. */
  readonly grants: readonly Grant[]
}

/** One path, and what must open on it. */
export interface Trial {
  readonly sweep: PlannedSweep
  readonly protocol: PortProtocol
  readonly where: Where
  readonly expected: PortSet
}

export interface Experiment {
  /** Of the lab: the project, another one where there is one, and the Internet. */
  readonly zones: readonly Zone[]
  readonly trials: readonly Trial[]
  /** Today's grants, and the one that is asked for, with stand-ins in both. */
  readonly today: readonly Grant[]
  readonly asked: Grant
  readonly standIns: readonly StandIn[]
}

/** Throws NotMeasurable with the reason. */
export function planExperiment(request: Request, setting: Setting): Experiment {
  const project = setting.zones.find(({ name }) => name === request.project)
  const internet = setting.zones.find(({ kind }) => kind === 'internet')
  if (!project || !internet) throw new NotMeasurable(`project "${request.project}" is not known`)
  const families = familiesOf(project).filter((f) => familiesOf(internet).includes(f))
  const taken = setting.grants.flatMap(({ destinations }) => destinations)
  const targets = families.map((family) =>
    targetsOf(request, { family, zones: setting.zones, taken }),
  )
  const other = anotherProject(project, setting.zones)
  const zones = [project, ...(other ? [other] : []), internet]
  const moved = withStandIns(request, setting.grants, targets)
  return { zones, ...moved, trials: trialsOf(request, { ...setting, zones, ...moved }, targets) }
}

function familiesOf({ addresses }: Zone): Family[] {
  return FAMILIES.filter((family) => addresses.some((a) => a.family === family))
}

/** On another link where there is one. */
function anotherProject(project: Zone, zones: readonly Zone[]): Zone | undefined {
  const others = zones.filter(({ kind, name }) => kind === 'project' && name !== project.name)
  return others.find(({ link }) => link !== project.link) ?? others[0]
}

function withStandIns(request: Request, grants: readonly Grant[], targets: readonly Targets[]) {
  const replacements = targets.flatMap(({ replacement }) => replacement ?? [])
  const move = (grant: Grant): Grant => ({
    ...grant,
    destinations: replacements.reduce<readonly Prefix[]>(relocate, grant.destinations),
  })
  const text = ({ address, prefixLength }: Prefix): string => `${address}/${prefixLength}`
  return {
    today: grants.map((grant) => (grant.project === request.project ? move(grant) : grant)),
    asked: move(toGrant(request)),
    standIns: replacements.map(({ given, used }) => ({ given: text(given), used: text(used) })),
  }
}

interface Bench extends Setting {
  readonly today: readonly Grant[]
}

function trialsOf(request: Request, bench: Bench, targets: readonly Targets[]): Trial[] {
  const projects = bench.zones.filter(({ kind }) => kind === 'project')
  return projects.flatMap((zone) =>
    targets
      .filter(({ family }) => familiesOf(zone).includes(family))
      .flatMap((own) =>
        own.targets.flatMap((target) =>
          PORT_PROTOCOLS.flatMap((protocol) =>
            trial(request, bench, { zone, family: own.family, target, protocol }),
          ),
        ),
      ),
  )
}

interface Path {
  readonly zone: Zone
  readonly family: Family
  readonly target: Target
  readonly protocol: PortProtocol
}

/** Every port for the project that asks, and for another one the ports that the request names. */
function trial(request: Request, bench: Bench, path: Path): Trial[] {
  const { zone, protocol, target } = path
  const asks = zone.name === request.project
  const plan = planOf(path, asks ? PortSet.all : request[protocol])
  const scenario = scenarioOf(bench, plan)
  const subject = { scenario, policy: bench.policy, grants: bench.today }
  return planSweeps(subject, {}).map((sweep): Trial => {
    const opens = asks && target.where !== 'outside' ? request[protocol] : PortSet.empty
    const expected = opens.subtract(openBefore(bench.policy, sweep))
    return { sweep, protocol, where: target.where, expected }
  })
}

function planOf({ zone, family, target, protocol }: Path, ports: PortSet): SweepPlan {
  const prefixLength = family === 4 ? 32 : 128
  return {
    from: zone.name,
    to: 'internet',
    towards: {
      label: target.where,
      addresses: [{ family, address: target.address, prefixLength }],
    },
    protocols: [protocol],
    families: [family],
    ports,
    answer: 'reply',
    handshakes: 'boundaries',
  }
}

function scenarioOf({ zones, policy }: Bench, plan: SweepPlan): Scenario {
  const { file } = policy
  return {
    id: 'request',
    title: '',
    requirement: '',
    source: '',
    file,
    policyFile: file,
    policyAt: { file, line: 1, column: 1 },
    zones,
    requests: [],
    revoke: [],
    sweeps: [plan],
  }
}

function openBefore(policy: Policy, sweep: PlannedSweep): PortSet {
  const open = expectationsOf(policy, sweep).filter(({ value }) => value.verdict === 'open')
  return PortSet.of(...open.map(({ from, to }) => ({ from, to })))
}
