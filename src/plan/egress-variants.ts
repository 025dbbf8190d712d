/** Sweeps of special packets, for egress policies and a ruleset that was not compiled from them. */
import { comparisonsOf, satisfies } from '../analysis/equivalence-classes.ts'
import { behind, intervalOf } from '../lab/address-space.ts'
import type { LabZone } from '../lab/lab.ts'
import { numberOf, type ZoneAddress } from '../net/address.ts'
import { has } from '../net/interval-set.ts'
import type { AddressedPacket } from '../net/packet-fields.ts'
import { PortSet } from '../net/port-set.ts'
import type { Comparison, RuleFacts } from '../nft/facts.ts'
import type { SweepPlan } from '../scenario/scenario.ts'
import { answersTo } from './answers.ts'
import type { CutPair } from './cut-rules.ts'
import { expectationsOf } from './egress-expect.ts'
import { endsOf, placesOf } from './egress-sweep.ts'
import type { PlannedSweep, Sweepable } from './planned-sweep.ts'
import { tellingNumbers } from './sweep.ts'
import { type Variant, variantsOf } from './variants.ts'

/** A planned sweep with packets that are not ordinary. */
export interface VariantSweep extends PlannedSweep {
  readonly fields: Omit<AddressedPacket, 'source' | 'target'>
  /**
   * Packets that an open path need not accept. Only blocked ports are probed with them, and they
   * must not arrive.
   */
  readonly isNegative: boolean
}

export interface EgressVariants {
  readonly sweeps: readonly VariantSweep[]
  /** Paths and protocols with more classes than were tried. */
  readonly left: number
  /** Whether one packet of every class of the rules is probed, for each swept protocol. */
  readonly isWhole: boolean
  readonly cut: readonly CutPair[]
}

export interface Given {
  readonly subject: Sweepable
  readonly facts: RuleFacts
  readonly zones: readonly LabZone[]
}

/** `sweeps`: of one family. */
export function egressVariants(given: Given, sweeps: readonly PlannedSweep[]): EgressVariants {
  const facts = [withDestinations(given)]
  const known = addressesSwept(sweeps, facts)
  const plain = new Map(
    sweeps
      .filter(isPlain)
      .reverse()
      .map((sweep) => [pathKey(sweep), sweep]),
  )
  const found = [...plain.values()].reverse().map((sweep) => {
    const { family, protocol, path } = sweep
    const pair = { facts, zones: given.zones, path, family, protocol }
    const varied = variantsOf(pair, (variant) =>
      variant.isEdge || known(sweep, variant.packet) ? [] : askedOf(given, sweep, variant),
    )
    return { ...varied, pair }
  })
  const swept = new Set([...plain.values()].map(({ protocol }) => protocol))
  return {
    sweeps: found.flatMap((one) => one.found),
    left: found.filter(({ isCut }) => isCut).length,
    isWhole:
      sweeps.every(({ protocol }) => swept.has(protocol)) &&
      !found.some(({ isPartial }) => isPartial),
    cut: found.flatMap(({ cut, pair }) => (cut.length > 0 ? [{ ...pair, cut }] : [])),
  }
}

const pathKey = ({ path, protocol }: PlannedSweep): string => `${path.from} ${path.to} ${protocol}`

/** Grants distinguish destinations, and policies the networks of hosts, even if the rules do not. */
function withDestinations({ facts, subject: { grants, policy } }: Given): RuleFacts {
  const where = { family: '', table: '', chain: '', text: '' }
  const granted = grants.flatMap(({ destinations }) => destinations)
  const hosts = policy.hosts.flatMap(({ addresses }) => addresses)
  const senders = policy.hosts
    .filter(({ name }) => policy.statements.some(({ from }) => from.includes(name)))
    .flatMap(({ addresses }) => addresses)
  const comparing = (field: 'source' | 'destination') => (one: ZoneAddress) => ({
    ...{ field, family: one.family, intervals: [intervalOf(one)], where },
  })
  const comparisons: Comparison[] = [
    ...[...granted, ...hosts].map(comparing('destination')),
    ...senders.map(comparing('source')),
  ]
  return { ...facts, comparisons: [...facts.comparisons, ...comparisons] }
}

/**
 * Whether a sweep already covers equivalent addresses: the rules and the grants do not distinguish
 * them.
 */
function addressesSwept(
  sweeps: readonly PlannedSweep[],
  facts: readonly RuleFacts[],
): (sweep: PlannedSweep, packet: AddressedPacket) => boolean {
  const both = [...facts, ...answersTo(facts)]
  const key = (sweep: PlannedSweep, { source, target }: Ends): string =>
    [
      pathKey(sweep),
      ...comparisonsOf('source', both, sweep).map((one) => satisfies(one, numberOf(source))),
      ...comparisonsOf('destination', both, sweep).map((one) => satisfies(one, numberOf(target))),
    ].join(' ')
  const known = new Set(
    sweeps.filter(({ plan }) => plan.answer === 'reply').map((sweep) => key(sweep, sweep)),
  )
  return (sweep, { source, target, ...fields }) => {
    if (Object.keys(fields).length > 0) return false
    const own = key(sweep, { source, target })
    const isKnown = known.has(own)
    known.add(own)
    return isKnown
  }
}

type Ends = Pick<AddressedPacket, 'source' | 'target'>

/** Only sweeps between the zones' own addresses. A sweep with other addresses is not varied. */
const isPlain = ({ plan, path, detail, after }: PlannedSweep): boolean =>
  path.from === plan.from &&
  path.to === plan.to &&
  !plan.as &&
  !plan.towards &&
  plan.answer === 'reply' &&
  !after &&
  detail === 'all'

function askedOf(given: Given, base: PlannedSweep, variant: Variant): VariantSweep[] {
  const { packet, promised, isBorrowed } = variant
  const { source, target, ...fields } = packet
  const isMoved = source !== base.source || target !== base.target
  if (!isMoved && Object.keys(fields).length === 0) return []
  if (isMoved && isOfNeighbour(given, base, source)) return []
  const labels = [...(source === base.source ? [] : [source]), ...variant.labels]
  const plan: SweepPlan = {
    ...base.plan,
    ...(labels.length > 0 ? { as: namedAs(labels.join(', ')) } : {}),
    ...(target === base.target ? {} : { towards: namedAs(target) }),
  }
  const moved = { ...base, plan, source, target, spoofed: false, fields, asked: base.numbers }
  const sweep = { ...moved, ends: endsOf(placesOf(given.subject), moved) }
  const expected = expectationsOf(given.subject.policy, sweep)
  const edges = expected.flatMap(({ from, to }) => [from, to])
  const all = PortSet.of(...edges).union(tellingNumbers(given.facts, base))
  const telling = all.intersect(base.numbers)
  const blocked = PortSet.of(...expected.filter(({ value }) => value.verdict !== 'open'))
  const parts = [
    { numbers: telling.intersect(promised), isNegative: false },
    { numbers: telling.subtract(promised).intersect(blocked), isNegative: true },
  ]
  return parts
    .filter(({ numbers }) => !numbers.isEmpty)
    .map((part) => ({ ...sweep, ...part, spoofed: isBorrowed }))
}

const namedAs = (label: string) => ({ label, addresses: [] as readonly ZoneAddress[] })

/** Of another project on the same link, to which other grants may apply. */
function isOfNeighbour({ zones }: Given, { path, family }: PlannedSweep, source: string): boolean {
  const own = zones.find(({ name }) => name === path.from)
  return zones.some(
    (zone) =>
      zone !== own && zone.link === own?.link && has(behind(zone, zones, family), numberOf(source)),
  )
}
