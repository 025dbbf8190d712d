/**
 * A translated flow is judged by its sender and its arrival: a policy is about endpoints, not about
 * the address to which the flow was sent.
 */

import type { LabPlan } from '../lab/lab.ts'
import { FIREWALL } from '../lab/lab.ts'
import { PortSet } from '../net/port-set.ts'
import type { Family } from '../net/protocol.ts'
import { join, type RangeMap, type Span, valueAt } from '../net/range-map.ts'
import { expectedBetween, type ZoneSubject, type ZoneSweep } from '../plan/zone-sweep.ts'
import type { Expectation } from '../policy/expectation.ts'
import type { Endpoint, Policy } from '../policy/policy.ts'
import { deliveryOf, isDoubtful, type Observation, type Outcome } from '../result/outcome.ts'
import type { Verdict } from '../result/result.ts'
import { endpointAt } from '../scenario/lab-fit.ts'
import { verdictOf } from './policy.ts'

/** A translated and answered flow counts as open, if the expectation is open. */
export function verdictBetween(expected: Expectation, observed: Outcome, family: Family): Verdict {
  const through: Outcome =
    observed.kind === 'translated' && observed.way === 'open' ? { kind: 'open' } : observed
  const isElsewhere = observed.kind === 'translated' && !translatedTo(observed.change)
  return verdictOf(expected, isElsewhere ? observed : through, family)
}

/** For packets that an open path may block. */
export function verdictOfNegative(expected: Expectation, observed: Outcome): Verdict {
  if (expected.verdict === 'open') return 'conforms'
  if (isDoubtful(observed)) return 'unknown'
  return deliveryOf(observed) === 'blocked' ? 'conforms' : 'mismatch'
}

type Judged = Pick<ZoneSubject, 'policy' | 'plan' | 'grants'>

/**
 * The expectation of each number: for a translated flow, the expectation of its destination after
 * translation.
 */
export function expectedOf(
  subject: Judged,
  sweep: ZoneSweep,
  observed: RangeMap<Observation>,
): RangeMap<Expectation> {
  const { policy, plan } = subject
  const { from, to, target } = sweep
  const plain = expectedBetween(subject, sweep, sweep)
  const moved = observed.flatMap(({ value: { outcome }, ...range }): Span<Expectation>[] => {
    const translated = outcome.kind === 'translated' ? translatedTo(outcome.change) : undefined
    const end = translated && endpointOf(policy, plan, sweep, translated)
    if (!translated || !end || (end.name === to.name && translated.port === undefined)) return []
    const arrived = { from, to: end, target: translated.address ?? target }
    const there = expectedBetween(subject, arrived, sweep)
    const { port } = translated
    if (port === undefined) return join(there, [{ ...range, value: null }]).map(first)
    return [{ ...range, value: valueAt(there, port)! }]
  })
  const rest = plain.flatMap(({ value, ...range }) =>
    PortSet.of(range)
      .subtract(PortSet.of(...moved))
      .ranges.map((left) => ({ ...left, value })),
  )
  return [...rest, ...moved].sort((a, b) => a.from - b.from)
}

/** Whether a number was observed as expected, ignoring details that do not matter. */
export function verdictsOf(
  subject: Judged,
  sweep: ZoneSweep,
): (observation: Observation, number: number) => Verdict {
  const known = new Map<string, Verdict>()
  return (observation, number) => {
    const key = `${number} ${JSON.stringify(observation.outcome)}`
    const verdict = known.get(key) ?? verdictAt(subject, sweep, { observation, number })
    known.set(key, verdict)
    return verdict
  }
}

function verdictAt(
  subject: Judged,
  sweep: ZoneSweep,
  { observation, number }: { readonly observation: Observation; readonly number: number },
): Verdict {
  const seen = [{ from: number, to: number, value: observation }]
  const expected = valueAt(expectedOf(subject, sweep, seen), number)!
  return verdictBetween(expected, observation.outcome, sweep.family)
}

const first = ({
  value: [expectation],
  ...range
}: Span<readonly [Expectation, null]>): Span<Expectation> => ({ ...range, value: expectation })

/** Where a translated packet arrived. Absent fields were not changed. */
interface Translated {
  readonly zone?: string
  readonly address?: string
  readonly port?: number
}

/**
 * From `zone firewall → dmz, to 203.0.113.1 → 192.0.2.80, port 80 → 8080`. Undefined if the text
 * has no arrival.
 */
export function translatedTo(change: string): Translated | undefined {
  const parts = change
    .split(', ')
    .map((part) => /^(zone|to|from|port|source port) (\S+) → (\S+)$/.exec(part))
  if (parts.some((part) => part === null)) return undefined
  const now = (what: string): string | undefined => parts.find((part) => part?.[1] === what)?.[3]
  const [zone, address, port] = [now('zone'), now('to'), now('port')]
  return {
    ...(zone === undefined ? {} : { zone }),
    ...(address === undefined ? {} : { address }),
    ...(port === undefined ? {} : { port: Number(port) }),
  }
}

function endpointOf(
  policy: Policy,
  plan: LabPlan,
  { to, family, target }: ZoneSweep,
  { zone, address }: Translated,
): Endpoint | undefined {
  if (zone === undefined && address === undefined) return to
  if (zone === FIREWALL) return { name: FIREWALL, zone: FIREWALL }
  const end = endpointAt(policy, plan, address ?? target, family)
  if (zone === undefined || end?.zone === zone) return end
  return policy.zones.includes(zone) ? { name: zone, zone } : undefined
}
