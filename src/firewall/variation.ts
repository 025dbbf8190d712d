/** The values that each field of a path's packets is varied over. */
import { FIREWALL } from '../lab/lab.ts'
import { endsOf, sources, targets } from './address-variation.ts'
import { choicesOf, type PathSpec, type Variation, type VariedField } from './choices.ts'
import { comparisonsOf } from './classes.ts'
import { has, type Interval } from './intervals.ts'
import { classesOf, type FieldClass } from './members.ts'

/** Undefined where the path has nobody of the family at one of its ends. */
export function variationsOf(spec: PathSpec): readonly Variation[] | undefined {
  const ends = endsOf(spec)
  if (!ends) return undefined
  return [
    sources(spec, ends),
    targets(spec, ends),
    sourcePorts(spec),
    lengths(spec),
    ttls(spec),
    marks(spec),
  ]
}

// The ports that ordinary probes leave from, and one in their middle.
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

// IP, the transport's header and the harness's own eight bytes; TCP has an
// option instead, and ICMP errors quote a packet.
const LENGTHS = {
  tcp: { 4: 44, 6: 64 },
  udp: { 4: 36, 6: 56 },
  icmp: { 4: 64, 6: 104 },
  ip: { 4: 44, 6: 64 },
} as const
const LONGEST = 1500 // the MTU of the lab's links

function lengths(spec: PathSpec): Variation {
  const ordinary = LENGTHS[spec.protocol][spec.family]
  return plain(spec, 'length', [ordinary, LONGEST], ordinary)
}

const ORDINARY_TTL = 64

// A packet that is forwarded must have one hop left.
function ttls(spec: PathSpec): Variation {
  const { from, to } = spec.path
  return plain(spec, 'ttl', [from === FIREWALL || to === FIREWALL ? 1 : 2, 255], ORDINARY_TTL)
}

/** Only what the firewall sends itself has a mark before the first rule. */
function marks(spec: PathSpec): Variation {
  return spec.path.from === FIREWALL ? plain(spec, 'mark', [0, 2 ** 32 - 1], 0) : none('mark')
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
  const others = choicesOf(classes, ordinary, () => 'plausible')
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
