/**
 * How policies for zones were decided when each format had a decision of its own: kept as it was,
 * for the tests that hold today's decision against it.
 */

import { paint } from '../net/paint.ts'
import { PortSet } from '../net/port-set.ts'
import { type Family, lastNumber, type Protocol } from '../net/protocol.ts'
import type { RangeMap } from '../net/range-map.ts'
import { speaksOf } from './endpoints.ts'
import type { Expectation } from './expectation.ts'
import { protocolSweep } from './former-egress-fixtures.ts'
import type { Endpoint, WrittenStatement as Statement } from './policy.ts'
import type { ZonePolicy } from './zones/zone-policy.ts'

interface Between {
  readonly from: Endpoint
  readonly to: Endpoint
  readonly family: Family
  readonly protocol: Protocol
}

/** Covers every number from 0 to the protocol's last, split where the deciding line changes. */
export function formerZones(policy: ZonePolicy, between: Between): RangeMap<Expectation> {
  const { family, protocol } = between
  const own = spansBetween(policy, between)
  if (protocol !== 'ip') return own
  return protocolSweep(own, family, (other) =>
    spansBetween(policy, { ...between, protocol: other }),
  )
}

/** Deny beats allow beats deny unless allowed beats otherwise; of several, the first in the file is named. */
function spansBetween(policy: ZonePolicy, between: Between): RangeMap<Expectation> {
  const relevant = policy.statements.filter(
    ({ from, to, families }) =>
      speaksOf(from, between.from) && speaksOf(to, between.to) && families.includes(between.family),
  )
  const { protocol } = between
  const last = lastNumber(protocol)
  const ranked = [0, 1, 2].flatMap((rank) => relevant.filter((one) => rankOf(one) === rank))
  return paint(last, [
    ...ranked.map((statement) => ({
      numbers: numbersOf(statement, between),
      value: expectation(statement, protocol),
    })),
    {
      numbers: PortSet.of({ from: 0, to: last }),
      value: expectation(policy.otherwise, protocol),
    },
  ])
}

/** 0 decides first. */
function rankOf({ treatment, unlessAllowed }: Statement): number {
  if (treatment === 'allow') return 1
  return unlessAllowed ? 2 : 0
}

/** The numbers of a statement for this family and protocol. */
function numbersOf(
  { traffic }: Pick<Statement, 'traffic'>,
  { family, protocol }: Pick<Between, 'family' | 'protocol'>,
): PortSet {
  return traffic
    .filter((one) => one.protocol === protocol && (one.family ?? family) === family)
    .reduce((all, { numbers }) => all.union(numbers), PortSet.empty)
}

function expectation(
  { treatment, by, clause }: Pick<Statement, 'treatment' | 'by' | 'clause'>,
  protocol: Protocol,
): Expectation {
  return treatment === 'allow'
    ? { verdict: 'open', clause }
    : { verdict: 'blocked', by: by[protocol], clause }
}
