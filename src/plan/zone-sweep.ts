/** One sweep between two endpoints of a zone policy: the requested numbers, and the probed ones. */
import type { LabPlan } from '../lab/lab.ts'
import type { PacketFields } from '../net/packet-fields.ts'
import { MAX_PORT, PortSet } from '../net/port-set.ts'
import { type Family, hasPorts, lastNumber, type Protocol } from '../net/protocol.ts'
import type { RangeMap } from '../net/range-map.ts'
import type { RuleFacts } from '../nft/facts.ts'
import { decide } from '../policy/decide.ts'
import { speaksOf } from '../policy/endpoints.ts'
import type { Expectation } from '../policy/expectation.ts'
import type { Grant } from '../policy/grant.ts'
import type { Endpoint, Policy } from '../policy/policy.ts'
import type { ScenarioSweep } from '../scenario/firewall-scenario.ts'
import type { Selection } from './planned-sweep.ts'
import { settingsOf, sweptNumbers, tellingNumbers } from './sweep.ts'

export interface ZoneSubject {
  readonly policy: Policy
  /** Those in force; absent: none. */
  readonly grants?: readonly Grant[]
  readonly plan: LabPlan
  readonly sweeps: readonly ScenarioSweep[]
  readonly selection: Selection
}

/** From one endpoint to another, with one address at each. */
export interface EndpointPath {
  readonly from: Endpoint
  readonly to: Endpoint
  readonly source: string
  readonly target: string
}

/** What the policy expects between two endpoints, towards an address of the second one. */
export function expectedBetween(
  { policy, grants = [] }: Pick<ZoneSubject, 'policy' | 'grants'>,
  { from, to, target }: Pick<EndpointPath, 'from' | 'to' | 'target'>,
  { family, protocol }: { readonly family: Family; readonly protocol: Protocol },
): RangeMap<Expectation> {
  const own = grants.filter(({ project }) => project === from.name)
  return decide(policy, { from, to, family, protocol, granted: { grants: own, target } })
}

/**
 * `all`: every requested number. `boundaries`: both sides of every edge of the policy and of the
 * firewall's own constants.
 */
export type Detail = 'all' | 'boundaries'

export interface ZoneSweep extends EndpointPath {
  readonly family: Family
  readonly protocol: Protocol
  readonly detail: Detail
  /** All requested numbers. `numbers` are the probed ones of these. */
  readonly asked: PortSet
  readonly numbers: PortSet
  /** Numbers that the firewall does not distinguish. */
  readonly classes: RangeMap<number>
  /** How often each class is probed again for stateful rules. */
  readonly repetitions: number
  /** Whether the firewall has a translation. */
  readonly isTranslated: boolean
  /** Addresses other than the endpoints' own, if the firewall distinguishes them. */
  readonly as?: string
  readonly destination?: string
  readonly sourcePort?: number
  /** The packet fields that differ from an ordinary probe, besides addresses and ports. */
  readonly packet?: Omit<PacketFields, 'sourcePort'>
  /** Planned because the rules tell these packets apart from the ordinary ones of their path. */
  readonly isVariant?: true
  /**
   * The policy does not promise that these packets pass an open path. Only blocked numbers are
   * checked: they must not arrive.
   */
  readonly isNegative?: true
}

/** The common input of all planning functions. */
export interface ZonePlanner extends ZoneSubject {
  readonly family: Family
  readonly facts: RuleFacts
  /**
   * Whether every comparison of the firewall is understood, so the classes of numbers are certain.
   */
  readonly isCertain: boolean
}

/** The requested numbers between two endpoints. Empty: none. */
export function numbersAsked(
  { sweeps, selection }: ZoneSubject,
  { from, to }: Pick<EndpointPath, 'from' | 'to'>,
  family: Family,
  protocol: Protocol,
): PortSet {
  const isMeant = (names: readonly string[] | undefined, end: Endpoint): boolean =>
    names === undefined || speaksOf(names, end)
  const { ports, protocols, families } = selection
  const ported = lastNumber(protocol) === MAX_PORT
  const isSelected =
    isMeant(selection.from, from) &&
    isMeant(selection.to, to) &&
    (families?.includes(family) ?? true) &&
    // `--ports` means ports. ICMP types and IP protocols are swept only with `--protocol`.
    (protocols ? protocols.includes(protocol) : ported || ports === undefined)
  if (!isSelected) return PortSet.empty
  const whole = sweptNumbers(protocol, family)
  const claimed = sweeps
    .filter(
      (one) =>
        isMeant(one.from, from) &&
        isMeant(one.to, to) &&
        (one.protocols?.includes(protocol) ?? true) &&
        (one.families?.includes(family) ?? true),
    )
    .map((one) => (ported && one.ports ? one.ports : whole))
  const asked =
    sweeps.length === 0 ? whole : claimed.reduce((all, one) => all.union(one), PortSet.empty)
  return asked.intersect(ports ?? PortSet.all)
}

/** Up to this many ports were probably typed one by one, so all of them are probed. */
const FEW = 64

/** One path and one protocol. Ports that were requested one by one are all probed. */
export function zoneSweepOf(
  planner: ZonePlanner,
  path: EndpointPath,
  protocol: Protocol,
  detail: Detail,
): ZoneSweep {
  const { family, facts, selection, grants = [] } = planner
  const asked = numbersAsked(planner, path, family, protocol)
  const decided = expectedBetween(planner, path, { family, protocol })
  // Those of other hosts too: a ruleset may open them to this one.
  const granted = hasPorts(protocol) ? grants.flatMap((one) => one[protocol].ranges) : []
  const edges = PortSet.of(
    ...[...decided, ...asked.ranges, ...granted].flatMap((span) => [span.from, span.to]),
  )
  const isWhole = detail === 'all' || (selection.ports !== undefined && asked.size <= FEW)
  return {
    ...path,
    ...{ family, protocol, detail, asked },
    ...settingsOf([facts], { family, protocol }),
    numbers: isWhole
      ? asked
      : tellingNumbers(facts, { family, protocol }).union(edges).intersect(asked),
    isTranslated: facts.translations.length > 0,
  }
}
