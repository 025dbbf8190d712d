/** One sweep between two ends of a policy for zones: what is asked for, and which numbers of it are probed. */
import type { LabPlan } from '../lab/lab.ts'
import type { PacketFields } from '../net/packet-fields.ts'
import { MAX_PORT, PortSet } from '../net/port-set.ts'
import { type Family, lastNumber, type Protocol } from '../net/protocol.ts'
import type { RangeMap } from '../net/range-map.ts'
import type { RuleFacts } from '../nft/facts.ts'
import { decideBetween } from '../policy/zones/decide.ts'
import { type Endpoint, speaksOf, type ZonePolicy } from '../policy/zones/zone-policy.ts'
import type { ScenarioSweep } from '../scenario/firewall-scenario.ts'
import { settingsOf, tellingNumbers } from './sweep.ts'

/** What the command line asks to leave out; absent: nothing. */
export interface ZoneSelection {
  readonly from?: readonly string[] | undefined
  readonly to?: readonly string[] | undefined
  readonly ports?: PortSet | undefined
  readonly families?: readonly Family[] | undefined
  readonly protocols?: readonly Protocol[] | undefined
}

export interface ZoneSubject {
  readonly policy: ZonePolicy
  readonly plan: LabPlan
  readonly sweeps: readonly ScenarioSweep[]
  readonly selection: ZoneSelection
}

/** From one end to another, with one address at each. */
export interface EndpointPath {
  readonly from: Endpoint
  readonly to: Endpoint
  readonly source: string
  readonly target: string
}

/** `all`: every number that is asked for. `boundaries`: both sides of every edge of the policy and of the firewall's own constants. */
export type Detail = 'all' | 'boundaries'

export interface ZoneSweep extends EndpointPath {
  readonly family: Family
  readonly protocol: Protocol
  readonly detail: Detail
  /** All that is asked for; `numbers` are those of it that are probed. */
  readonly asked: PortSet
  readonly numbers: PortSet
  /** Numbers that the firewall cannot tell apart. */
  readonly classes: RangeMap<number>
  /** How often each class is probed again, where rules remember. */
  readonly repetitions: number
  /** Whether the firewall translates anything. */
  readonly isTranslated: boolean
  /** Addresses other than the ends' own, where the firewall tells them apart. */
  readonly as?: string
  readonly destination?: string
  readonly sourcePort?: number
  /** What is not ordinary about the packets, besides addresses and ports. */
  readonly packet?: Omit<PacketFields, 'sourcePort'>
  /** Packets that an open path need not let through: only what is blocked is asked, and must not arrive. */
  readonly isNegative?: true
}

/** What every part of planning needs. */
export interface ZonePlanner extends ZoneSubject {
  readonly family: Family
  readonly facts: RuleFacts
  /** Whether everything that the firewall compares is understood, so that its classes of numbers are surely these. */
  readonly isCertain: boolean
}

/** What is asked for between two ends; empty: nothing. */
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
    // `--ports` speaks of ports; ICMP types and IP protocols are meant only where asked for.
    (protocols ? protocols.includes(protocol) : ported || ports === undefined)
  if (!isSelected) return PortSet.empty
  const whole = wholeOf(protocol, family)
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

/** Of IP protocols those that have no sweeps of their own. */
function wholeOf(protocol: Protocol, family: Family): PortSet {
  const all = PortSet.of({ from: 0, to: lastNumber(protocol) })
  return protocol === 'ip' ? all.subtract(PortSet.of(...OWN_SWEEPS[family])) : all
}

/** ICMP, TCP and UDP. */
const OWN_SWEEPS: Readonly<Record<Family, readonly number[]>> = { 4: [1, 6, 17], 6: [58, 6, 17] }

/** Ports that are asked for one by one: as many as somebody would type. */
const FEW = 64

/** One path, one protocol. Where single ports are asked for, all of them are probed. */
export function zoneSweepOf(
  planner: ZonePlanner,
  path: EndpointPath,
  protocol: Protocol,
  detail: Detail,
): ZoneSweep {
  const { policy, family, facts, selection } = planner
  const { from, to } = path
  const asked = numbersAsked(planner, path, family, protocol)
  const decided = decideBetween(policy, { from, to, family, protocol })
  const edges = PortSet.of(...[...decided, ...asked.ranges].flatMap((span) => [span.from, span.to]))
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
