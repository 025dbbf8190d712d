/** What a policy expects for every number of a sweep: one precedence for all policies. */
import ipaddr from 'ipaddr.js'
import { type Layer, paint } from '../net/paint.ts'
import { PortSet } from '../net/port-set.ts'
import { type Family, hasPorts, lastNumber, type Protocol } from '../net/protocol.ts'
import type { RangeMap, Span } from '../net/range-map.ts'
import { speaksOf } from './endpoints.ts'
import type { Expectation } from './expectation.ts'
import type { Grant } from './grant.ts'
import type { Policy, Statement } from './policy.ts'
import { protocolSweep } from './protocol-sweep.ts'
import { type Ends, numbersOf } from './statements.ts'
import { takesGrants } from './takes-grants.ts'

export interface Question extends Ends {
  readonly family: Family
  readonly protocol: Protocol
  /** The source address does not belong to the sending link. */
  readonly spoofed?: boolean
  /** The grants of the sender, and the destination. Absent: no grant. */
  readonly granted?: {
    readonly grants: readonly Grant[]
    /** The address as text: some grants apply to certain destinations only. */
    readonly target: string
  }
}

/** Covers every number from 0 to the protocol's last, split where the deciding line changes. */
export function decide(policy: Policy, question: Question): RangeMap<Expectation> {
  const own = decideOwn(policy, question)
  if (question.protocol !== 'ip') return own
  return protocolSweep(own, question.family, (protocol) =>
    decideOwn(policy, { ...question, protocol }),
  )
}

/** Deny beats allow beats the defaults; of several, the first one is named. */
function decideOwn(policy: Policy, question: Question): RangeMap<Expectation> {
  const { family, protocol, spoofed = false } = question
  const last = lastNumber(protocol)
  const relevant = (all: readonly Statement[]): Statement[] =>
    all.filter(
      (one) =>
        speaksOf(one.from, question.from) &&
        speaksOf(one.to, question.to) &&
        one.families.includes(family) &&
        (spoofed || !one.spoofed),
    )
  const layer = (one: Statement): Layer<Expectation> => ({
    numbers: numbersOf(one, { family, protocol }),
    value: expectation(one, protocol),
  })
  const explicit = relevant(policy.statements)
  const layers = (['deny', 'allow'] as const).flatMap((treatment) =>
    explicit.filter((one) => one.treatment === treatment).map(layer),
  )
  const defaults = relevant(policy.otherwise).map(layer)
  const spans = paint(last, [...layers, ...defaults])
  const grants = grantsThatApply(policy, question)
  return grants.length === 0 ? spans : opened(spans, { grants, protocol, defaults, last })
}

function expectation(
  { treatment, by, clause: { label, at } }: Statement,
  protocol: Protocol,
): Expectation {
  const clause = { label, at }
  return treatment === 'allow'
    ? { verdict: 'open', clause }
    : { verdict: 'blocked', by: by[protocol], clause }
}

function grantsThatApply(policy: Policy, question: Question): readonly Grant[] {
  const { protocol, granted } = question
  if (!granted || !hasPorts(protocol) || !takesGrants(policy, question, protocol)) return []
  return granted.grants.filter(
    (grant) => !grant[protocol].isEmpty && holdsTowards(grant, granted.target),
  )
}

function holdsTowards({ destinations }: Grant, target: string): boolean {
  if (destinations.length === 0) return true
  const address = ipaddr.parse(target)
  return destinations.some((prefix) => {
    const network = ipaddr.parse(prefix.address)
    return network.kind() === address.kind() && address.match(network, prefix.prefixLength)
  })
}

interface Opening {
  readonly grants: readonly Grant[]
  readonly protocol: Protocol
  readonly defaults: readonly Layer<Expectation>[]
  readonly last: number
}

/** Grants open what a default denies; what is open anyway stays the policy's doing. */
function opened(
  spans: readonly Span<Expectation>[],
  { grants, protocol, defaults, last }: Opening,
): RangeMap<Expectation> {
  if (!hasPorts(protocol)) return spans
  const byDefault = new Set(defaults.map(({ value }) => value))
  const closed = PortSet.of(
    ...spans.filter(({ value }) => value.verdict === 'blocked' && byDefault.has(value)),
  )
  return paint(last, [
    ...grants.map(
      (grant): Layer<Expectation> => ({
        numbers: grant[protocol].intersect(closed),
        value: { verdict: 'open', clause: { label: grant.label, at: grant.at } },
      }),
    ),
    ...spans.map((span) => ({ numbers: PortSet.of(span), value: span.value })),
  ])
}
