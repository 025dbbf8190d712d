/** The sweeps before and after a grant that show exactly what a request opens. */

import { behind } from '../lab/address-space.ts'
import type { LabPlan } from '../lab/lab.ts'
import type { Zone } from '../lab/zone.ts'
import { numberOf, type Prefix } from '../net/address.ts'
import { has } from '../net/interval-set.ts'
import { MAX_PORT, PortSet } from '../net/port-set.ts'
import { FAMILIES, type Family, PORT_PROTOCOLS, type PortProtocol } from '../net/protocol.ts'
import type { Grant } from '../policy/grant.ts'
import type { Policy } from '../policy/policy.ts'
import { numbersOf } from '../policy/statements.ts'
import { toGrant } from '../request/grants.ts'
import type { Request } from '../request/request.ts'
import type { Extent, StandIn, Where } from '../result/measured.ts'
import type { Scenario, SweepPlan } from '../scenario/scenario.ts'
import { planSweeps } from './egress.ts'
import { expectationsOf } from './egress-expect.ts'
import { egressPlaces, type Places, zonePlaces } from './places.ts'
import type { PlannedSweep } from './planned-sweep.ts'
import { familiesOf, otherSenders, type Setting } from './request-senders.ts'
import {
  NotMeasurable,
  type ProbeTarget,
  relocate,
  type Surroundings,
  type Targets,
  targetsOf,
} from './request-targets.ts'

/** One path, and the ports that must open on it. */
export interface Trial {
  readonly sweep: PlannedSweep
  readonly protocol: PortProtocol
  readonly where: Where
  /** `few`: only the ports at which a difference could show. */
  readonly extent: Extent
  readonly expected: PortSet
}

export interface ReviewPlan {
  readonly lab: LabPlan
  /** Zones of the lab: the project, up to three other projects, and the Internet. */
  readonly zones: readonly Zone[]
  readonly trials: readonly Trial[]
  /** Today's grants and the requested one, with stand-ins in both. */
  readonly today: readonly Grant[]
  readonly asked: Grant
  readonly standIns: readonly StandIn[]
  /** The number of destinations that are not measured, because there are too many. */
  readonly left: number
}

/** Throws NotMeasurable with the reason. */
export function planReview(request: Request, setting: Setting): ReviewPlan {
  const project = setting.zones.find(({ name }) => name === request.project)
  const internet = setting.zones.find(({ kind }) => kind === 'internet')
  if (!project || !internet) throw new NotMeasurable(`project "${request.project}" is unknown`)
  const families = familiesOf(project).filter((f) => familiesOf(internet).includes(f))
  const taken = setting.grants.flatMap(({ destinations }) => destinations)
  const granted = [
    ...setting.grants
      .filter((grant) => grant.project === request.project)
      .flatMap(({ destinations }) => destinations),
    // The policy may have lines about its hosts.
    ...setting.policy.hosts.flatMap(({ addresses }) => addresses),
  ]
  const isThere = behindTarget(setting, internet.name)
  const targets = families.map((family) =>
    targetsOf(request, { family, zones: setting.zones, taken, granted, ...isThere }),
  )
  const zones = [project, ...otherSenders(request, setting, project), internet]
  const places = setting.lab
    ? zonePlaces(setting.policy, setting.lab)
    : egressPlaces(zones, setting.policy)
  const moved = withStandIns(request, setting.grants, targets)
  const left = targets.reduce((sum, own) => sum + own.left, 0)
  return {
    ...{ zones, left, lab: places.lab },
    ...moved,
    trials: trialsOf(request, { ...setting, zones, places, ...moved }, targets),
  }
}

/** In a lab, not every address leads to the zone of grants. */
function behindTarget({ lab }: Setting, name: string): Pick<Surroundings, 'isThere'> {
  const zone = lab?.zones.find((one) => one.name === name)
  if (!lab || !zone) return {}
  return {
    isThere: ({ family, address }) => has(behind(zone, lab.zones, family), numberOf(address)),
  }
}

function withStandIns(request: Request, grants: readonly Grant[], targets: readonly Targets[]) {
  const replacements = targets.flatMap((own) => own.replacements)
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

interface TrialSetting extends Setting {
  readonly today: readonly Grant[]
  readonly asked: Grant
  readonly places: Places
}

function trialsOf(request: Request, setting: TrialSetting, targets: readonly Targets[]): Trial[] {
  const [asking, ...others] = setting.zones.filter(({ kind }) => kind === 'project')
  const of = (zone: Zone): Targets[] =>
    targets.filter(({ family }) => familiesOf(zone).includes(family))
  return PORT_PROTOCOLS.flatMap((protocol) => [
    ...of(asking!).flatMap(({ family, targets, edges }) => [
      ...targets.flatMap((target) =>
        (target.where === 'outside' ? few : all)({ zone: asking!, family, target, protocol }),
      ),
      ...edges.flatMap((target) => few({ zone: asking!, family, target, protocol })),
    ]),
    // Every port for one other project, and for the others only the ports at which a difference
    // could show.
    ...others.flatMap((zone, i) =>
      of(zone).flatMap(({ family, targets, edges }) => [
        ...targets.flatMap((target) => (i === 0 ? all : few)({ zone, family, target, protocol })),
        ...edges.flatMap((target) => few({ zone, family, target, protocol })),
      ]),
    ),
    ...borrowing(asking!, others).flatMap((zone) =>
      of(zone)
        .filter(({ family }) => familiesOf(asking!).includes(family))
        .flatMap(({ family, targets }) =>
          targets.flatMap((target) => few({ zone, family, target, protocol, as: asking! })),
        ),
    ),
  ])

  function all(path: Path): Trial[] {
    return trial(request, setting, path, 'all')
  }
  function few(path: Path): Trial[] {
    return trial(request, setting, path, 'few')
  }
}

/**
 * The project that spoofs the address. It is on another link, because on its own link the address
 * alone identifies the project.
 */
function borrowing(asking: Zone, others: readonly Zone[]): readonly Zone[] {
  return others.filter(({ link }) => link !== asking.link).slice(0, 1)
}

interface Path {
  readonly zone: Zone
  readonly family: Family
  readonly target: ProbeTarget
  readonly protocol: PortProtocol
  /** The project whose address is spoofed. */
  readonly as?: Zone
}

function trial(request: Request, setting: TrialSetting, path: Path, extent: Extent): Trial[] {
  const { zone, protocol, target } = path
  const asks = zone.name === request.project
  const plan = planOf(
    path,
    setting.zones.find(({ kind }) => kind === 'internet')!.name,
    extent === 'all' ? (setting.ports ?? PortSet.all) : telling(request, setting, protocol),
  )
  const scenario = scenarioOf(setting, plan)
  const { policy, places, today, asked } = setting
  const subject = { scenario, policy, places, grants: today }
  return planSweeps(subject, {}).map((sweep): Trial => {
    const granted = asks ? { ...sweep, grants: [...sweep.grants, asked] } : sweep
    const opens = openIn(policy, granted).subtract(openIn(policy, sweep))
    const expected = opens.intersect(sweep.numbers)
    return { sweep, protocol, where: target.where, extent, expected }
  })
}

/** Edges of the policy, the request and every grant, with their neighbours. */
function telling(
  request: Request,
  { policy, today }: TrialSetting,
  protocol: PortProtocol,
): PortSet {
  const named = [
    request[protocol],
    ...today.map((grant) => grant[protocol]),
    ...[...policy.statements, ...policy.otherwise].flatMap((one) =>
      FAMILIES.map((family) => numbersOf(one, { family, protocol })),
    ),
  ]
  const edges = named
    .flatMap(({ ranges }) => ranges)
    .flatMap(({ from, to }) => [from - 1, from, to, to + 1])
  return PortSet.of(0, MAX_PORT, ...edges.filter((n) => n >= 0 && n <= MAX_PORT))
}

function planOf(
  { zone, family, target, protocol, as }: Path,
  towards: string,
  ports: PortSet,
): SweepPlan {
  const prefixLength = family === 4 ? 32 : 128
  return {
    from: zone.name,
    ...(as ? { as: { label: as.name, addresses: as.addresses } } : {}),
    to: towards,
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

function scenarioOf({ zones, policy }: TrialSetting, plan: SweepPlan): Scenario {
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

function openIn(policy: Policy, sweep: PlannedSweep): PortSet {
  const open = expectationsOf(policy, sweep).filter(({ value }) => value.verdict === 'open')
  return PortSet.of(...open.map(({ from, to }) => ({ from, to })))
}
