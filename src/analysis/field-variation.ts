/** The values over which each field of a path's packets is varied. */
import { FIREWALL } from '../lab/lab.ts'
import { has, type Interval } from '../net/interval-set.ts'
import type { Family, Protocol } from '../net/protocol.ts'
import type { Comparison, Field, RuleFacts } from '../nft/facts.ts'
import { type PathEndpoints, pathEndpointsOf, sources, targets } from './address-variation.ts'
import { comparisonsOf, satisfies } from './equivalence-classes.ts'
import { fieldValuesOf, type PathSpec, type Variation, type VariedField } from './field-values.ts'
import { classesOf, type FieldClass } from './representatives.ts'

/** Undefined if an endpoint of the path has no address of the family. */
export function variationsOf(spec: PathSpec): readonly Variation[] | undefined {
  const ends = pathEndpointsOf(spec)
  if (!ends) return undefined
  return [
    kept('source', spec, ends, sources),
    kept('destination', spec, ends, targets),
    sourcePorts(spec),
    lengths(spec),
    ttls(spec),
    marks(spec),
    flags(spec),
    dscp(spec),
    codes(spec),
  ]
}

interface Kept {
  readonly spec: PathSpec
  readonly asked: readonly Comparison[]
  readonly variation: Variation
}

const last = new WeakMap<PathSpec['facts'], Map<string, Kept>>()

/** The protocols of one path are planned one after the other, and all use the same address sets. */
function kept(
  field: 'source' | 'destination',
  spec: PathSpec,
  ends: PathEndpoints,
  make: (spec: PathSpec, ends: PathEndpoints) => Variation,
): Variation {
  const own = last.get(spec.facts) ?? new Map<string, Kept>()
  last.set(spec.facts, own)
  const asked = comparisonsOf(field, spec.facts, spec)
  const before = own.get(field)
  if (before && isSame(before, spec, asked)) return before.variation
  const variation = make(spec, ends)
  own.set(field, { spec, asked, variation })
  return variation
}

function isSame({ spec, asked }: Kept, other: PathSpec, others: readonly Comparison[]): boolean {
  return (
    spec.zones === other.zones &&
    spec.allows === other.allows &&
    spec.family === other.family &&
    spec.path.from === other.path.from &&
    spec.path.to === other.path.to &&
    asked.length === others.length &&
    asked.every((one, i) => one === others[i])
  )
}

// The source ports of ordinary probes, and one in their middle.
const ORDINARY_PORTS: Interval<number> = [32768, 60999]
const ORDINARY_PORT = 49152

function sourcePorts(spec: PathSpec): Variation {
  const field = 'sourcePort'
  if (spec.protocol !== 'tcp' && spec.protocol !== 'udp') return none(field)
  const classes = classesOf<number>(spec.facts, {
    ...spec,
    field,
    domain: [[0, 65535]],
    prefer: (intervals) => (has(intervals, ORDINARY_PORT) ? ORDINARY_PORT : undefined),
  })
  const usual = classes.find(({ representative }) => representative === ORDINARY_PORT)
  const isWhole = usual?.intervals.some(
    ([from, to]) => from <= ORDINARY_PORTS[0] && to >= ORDINARY_PORTS[1],
  )
  return {
    ...numeric(field, classes, ORDINARY_PORT),
    ordinary: isWhole ? undefined : ORDINARY_PORT,
  }
}

// IP header, transport header and the harness's own eight bytes. TCP has an option instead, and
// ICMP errors quote a packet.
const LENGTHS = {
  tcp: { 4: 44, 6: 64 },
  udp: { 4: 36, 6: 56 },
  icmp: { 4: 64, 6: 104 },
  ip: { 4: 44, 6: 64 },
} as const
/** The fields of an ordinary probe that its description leaves out. */
export const ordinaryFields = (
  protocol: Protocol,
  family: Family,
): Readonly<Record<'length' | 'ttl' | 'mark' | 'sourcePort', number>> => ({
  ...{ length: LENGTHS[protocol][family], ttl: ORDINARY_TTL, mark: 0, sourcePort: ORDINARY_PORT },
})

const LONGEST = 1500 // the MTU of the lab's links

/** The lengths of probes in bytes. */
export const lengthsOf = (protocol: Protocol, family: Family): Interval<number> => [
  LENGTHS[protocol][family],
  LONGEST,
]

function lengths(spec: PathSpec): Variation {
  const sent = lengthsOf(spec.protocol, spec.family)
  return plain(spec, 'length', sent, sent[0])
}

const ORDINARY_TTL = 64

// A packet must arrive with at least one hop left to be forwarded.
function ttls(spec: PathSpec): Variation {
  const { from, to } = spec.path
  const isForwarded = from !== FIREWALL && to !== FIREWALL
  const own = isForwarded ? { ...spec, facts: spec.facts.map(withHop) } : spec
  return plain(own, 'ttl', [isForwarded ? 2 : 1, 255], ORDINARY_TTL)
}

/**
 * The kernel decrements the TTL before the forward hook: there, a rule for 77 meets the packets that
 * were sent with 78.
 */
function withHop(facts: RuleFacts): RuleFacts {
  const sentWith = facts.comparisons.flatMap((one): Comparison[] => {
    if (one.field !== 'ttl' || one.mask !== undefined) return []
    const later = one.intervals.map(
      ([from, to]): Interval<number> => [Number(from) + 1, Math.min(Number(to) + 1, 255)],
    )
    return [{ ...one, intervals: later.filter(([from]) => from <= 255) }]
  })
  return sentWith.length === 0
    ? facts
    : { ...facts, comparisons: [...facts.comparisons, ...sentWith] }
}

/** Only packets of the firewall itself have a mark before the first rule. */
function marks(spec: PathSpec): Variation {
  return spec.path.from === FIREWALL ? plain(spec, 'mark', [0, 2 ** 32 - 1], 0) : none('mark')
}

const SYN = 0x02
/** Flag combinations of real segments and of scanners, likelier ones first. */
const FLAGS = [SYN, 0x10, 0x11, 0x04, 0x14, 0x18, 0x12, 0x01, 0x00, 0x29, 0x03, 0x06, 0x05, 0x3f]

function flags(spec: PathSpec): Variation {
  if (spec.protocol !== 'tcp') return none('flags')
  return told(spec, { field: 'flags', asked: 'tcpFlags', last: 255, ordinary: SYN, likely: FLAGS })
}

const CLASSES_OF_SERVICE = [0, 46, 8, 10, 16, 26, 34, 48]

function dscp(spec: PathSpec): Variation {
  const likely = CLASSES_OF_SERVICE
  return told(spec, { field: 'dscp', asked: 'dscp', last: 63, ordinary: 0, likely })
}

function codes(spec: PathSpec): Variation {
  if (spec.protocol !== 'icmp') return none('code')
  return told(spec, { field: 'code', asked: 'icmpCode', last: 255, ordinary: 0, likely: [0] })
}

interface Told {
  readonly field: VariedField
  readonly asked: Field
  readonly last: number
  readonly ordinary: number
  readonly likely: readonly number[]
}

/** A field with so few values that each is compared with every comparison, bit by bit. */
function told(spec: PathSpec, { field, asked, last, ordinary, likely }: Told): Variation {
  const comparisons = comparisonsOf(asked, spec.facts, spec)
  if (comparisons.length === 0) return none(field)
  const signature = (value: number): string =>
    comparisons.map((one) => (satisfies(one, value) ? '1' : '0')).join('')
  const values = [...likely, ...Array.from({ length: last + 1 }, (_, value) => value)]
  const classes = new Map(values.toReversed().map((value) => [signature(value), value]))
  classes.delete(signature(ordinary))
  const others = [...classes.values()].sort((a, b) => values.indexOf(a) - values.indexOf(b))
  const choices = others.map((value) => ({ value, tier: 'plausible' as const }))
  return { field, ordinary: undefined, others: choices, omitted: [] }
}

function plain(
  spec: PathSpec,
  field: 'length' | 'ttl' | 'mark',
  domain: Interval<number>,
  ordinary: number,
): Variation {
  if (comparisonsOf(field, spec.facts, spec).length === 0) return none(field)
  const classes = classesOf<number>(spec.facts, {
    ...spec,
    field,
    domain: [domain],
    prefer: (intervals) => (has(intervals, ordinary) ? ordinary : undefined),
  })
  return numeric(field, classes, ordinary)
}

function numeric(
  field: VariedField,
  classes: readonly FieldClass<number>[],
  ordinary: number,
): Variation {
  const others = fieldValuesOf(classes, ordinary, () => 'plausible')
  const isVaried = classes.length > 1
  const edges = classes.reduce((sum, { edgesLeft }) => sum + edgesLeft, 0)
  return {
    field,
    ordinary: undefined,
    others: isVaried ? others : [],
    omitted: isVaried && edges > 0 ? [`${edges} edges of ${field} classes`] : [],
  }
}

const none = (field: VariedField): Variation => ({
  field,
  ordinary: undefined,
  others: [],
  omitted: [],
})
