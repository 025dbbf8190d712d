/** A policy for zones as a claim about a given firewall. */
import { FIREWALL } from '../lab/lab.ts'
import { PortSet } from '../net/port-set.ts'
import { type Family, hasPorts, PROTOCOLS } from '../net/protocol.ts'
import { cutRules, linksOf } from '../plan/cut-rules.ts'
import { flowPorts, handshakePorts } from '../plan/egress-expect.ts'
import {
  type EndpointPath,
  expectedBetween,
  numbersAsked,
  type ZoneSubject,
  type ZoneSweep,
} from '../plan/zone-sweep.ts'
import { pathsBetween, planZones } from '../plan/zones.ts'
import { untestedByZones } from '../plan/zones-untested.ts'
import type { Grant } from '../policy/grant.ts'
import type { Policy } from '../policy/policy.ts'
import { takesGrants } from '../policy/takes-grants.ts'
import type { Row, Subject } from '../result/result.ts'
import type {
  Claim,
  ClaimPlan,
  ClaimSweep,
  Control,
  Judge,
  Revocation,
  Rules,
  Side,
} from './experiment.ts'
import { expectedOf, verdictBetween, verdictOfNegative, verdictsOf } from './translated.ts'

/** The change of a firewall that revokes grants, and the grants that are left. */
export interface ZoneRevoking extends Pick<Revocation, 'refusal' | 'change'> {
  readonly left: readonly Grant[]
}

export const zonesClaim = (subject: ZoneSubject, side: Side, revoking?: ZoneRevoking): Claim => ({
  lab: subject.plan,
  sides: [side],
  controls: (family) => controlsOf(subject, family),
  plan: (family, [rules]) => planOf({ subject, revoking }, family, rules!),
})

interface Claimed {
  readonly subject: ZoneSubject
  readonly revoking: ZoneRevoking | undefined
}

/** Every protocol between zones. For paths from or to hosts, one protocol is enough. */
function controlsOf(subject: ZoneSubject, family: Family): Control[] {
  const controlled = pathsBetween(subject, family).flatMap((path) => {
    const asked = PROTOCOLS.filter(
      (protocol) => !numbersAsked(subject, path, family, protocol).isEmpty,
    )
    const isPlain = path.from.name === path.from.zone && path.to.name === path.to.zone
    return (isPlain ? asked : asked.slice(0, 1)).map((protocol) => ({ path, protocol }))
  })
  return controlled.map(({ path, protocol }, place) => ({
    ...pathOf(path),
    ...{ family, protocol, place },
    answer: 'reply',
    subject: { from: path.from.name, to: path.to.name, family, protocol },
  }))
}

/** In the form of a lab request: from zone to zone. */
const pathOf = ({ from, to, source, target }: EndpointPath) => ({
  from: from.zone,
  to: to.zone,
  packet: { source, target },
})

function planOf(claimed: Claimed, family: Family, { facts, inspection }: Rules): ClaimPlan {
  const { subject } = claimed
  const { sweeps: planned, notes, cut } = planZones(subject, family, facts)
  const sweeps = planned.map((sweep, i) => claimSweep(subject, sweep, placeOf(family, i)))
  const links = linksOf(subject.plan.zones)
  const revocation = revocationOf(claimed, family, planned)
  return {
    ...{ sweeps, notes },
    ...(revocation && { revocation }),
    untested: [
      ...untestedByZones(inspection, subject, family),
      ...cutRules(inspection, { cut, sent: sweeps, links }),
    ],
  }
}

/** Undefined if no flow depends on the revoked grants. */
function revocationOf(
  { subject, revoking }: Claimed,
  family: Family,
  planned: readonly ZoneSweep[],
): Revocation | undefined {
  const later = planned.filter((sweep) => isGrantable(subject.policy, sweep))
  if (!revoking || later.length === 0) return undefined
  const { left, ...change } = revoking
  const after = { ...subject, grants: left }
  return {
    ...change,
    isKept: subject.policy.grants?.revoked !== 'cut',
    sweeps: later.map((sweep, i) => {
      const [before, afterwards] = [subject, after].map((one) => expectedBetween(one, sweep, sweep))
      // Made again through the compiled rules, which remember nothing.
      const again = { ...sweep, classes: [], repetitions: 0 }
      const made = claimSweep(after, again, placeOf(family, planned.length + i))
      return {
        ...{ ...made, subject: { ...made.subject, after: 'revocation' } },
        flows: flowPorts(before!, afterwards!).intersect(sweep.numbers),
      }
    }),
  }
}

/** Whether a grant can change the outcome. */
const isGrantable = (policy: Policy, sweep: ZoneSweep): boolean =>
  takesGrants(policy, sweep, sweep.protocol) && !sweep.isVariant

/** More than any family has sweeps. */
const SWEEPS = 2 ** 20
const placeOf = (family: Family, index: number): number => (family === 4 ? 0 : SWEEPS) + index

function claimSweep(subject: ZoneSubject, sweep: ZoneSweep, id: number): ClaimSweep {
  const { family, protocol, numbers, asked, classes, repetitions, sourcePort } = sweep
  const { packet } = pathOf(sweep)
  return {
    ...pathOf(sweep),
    packet: { ...packet, ...sweep.packet, ...(sourcePort === undefined ? {} : { sourcePort }) },
    ...{ id, family, protocol, numbers, asked, classes, repetitions },
    answer: 'reply',
    ...(sweep.isVariant ? { isVariant: true } : {}),
    subject: subjectOf(sweep),
    judge: judgeOf(subject, sweep),
  }
}

function subjectOf({ from, to, as, destination, family, protocol }: ZoneSweep): Subject {
  return {
    from: from.name,
    to: to.name,
    ...(as === undefined ? {} : { as }),
    ...(destination === undefined ? {} : { destination }),
    family,
    protocol,
  }
}

function judgeOf(subject: ZoneSubject, sweep: ZoneSweep): Judge {
  const { from, to, protocol, detail, isTranslated } = sweep
  const judge: Judge = {
    expected: (observed) => expectedOf(subject, sweep, observed),
    verdict: sweep.isNegative ? verdictOfNegative : verdictBetween,
  }
  // What goes on over several packets, and from other ports, is tried once for each class.
  if (!hasPorts(protocol) || detail !== 'all' || from.zone === FIREWALL) return judge
  const sourcePorts = { keyOf: verdictsOf(subject, sweep), isApart: isTranslated }
  return to.zone === FIREWALL ? { ...judge, sourcePorts } : { ...judge, sourcePorts, handshakes }
}

/** At the boundaries, where the first packet is as promised and arrived as it was sent. */
function handshakes(
  expected: Parameters<NonNullable<Judge['handshakes']>>[0],
  rows: readonly Row[],
): PortSet {
  const plain = rows.filter((row) => row.verdict === 'conforms' && !isMoved(row))
  return handshakePorts(expected, {
    numbers: PortSet.of(...plain),
    named: PortSet.empty,
    which: 'boundaries',
  })
}

/** Sent on to another host, whose answers are not those of the first target. */
const isMoved = ({ observed }: Row): boolean =>
  observed.kind === 'translated' && !observed.change.startsWith('from ')
