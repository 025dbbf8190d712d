/** The rules of a given firewall that a zone policy cannot test, over one family. */

import { hooksOf } from '../analysis/path-hooks.ts'
import { unprobedRules, untestedRules } from '../analysis/untested.ts'
import type { Inspection } from '../firewall/firewall.ts'
import { PortSet } from '../net/port-set.ts'
import { type Family, PROTOCOLS } from '../net/protocol.ts'
import type { UntestedRule } from '../result/untested.ts'
import { numbersOf, unvaried } from './egress-untested.ts'
import { numbersAsked, type ZoneSubject } from './zone-sweep.ts'
import { pathsBetween } from './zones.ts'

const PORTED = ['tcp', 'udp'] as const

export function untestedByZones(
  inspection: Inspection,
  subject: ZoneSubject,
  family: Family,
): UntestedRule[] {
  const paths = pathsBetween(subject, family)
  const isAsked = (path: (typeof paths)[number], protocol: (typeof PROTOCOLS)[number]): boolean =>
    !numbersAsked(subject, path, family, protocol).isEmpty
  const asked = paths.filter((path) => PROTOCOLS.some((protocol) => isAsked(path, protocol)))
  const hooks = asked.flatMap(({ from, to }) => {
    const ends = { from: from.zone, to: to.zone }
    return [...hooksOf(ends, false), ...hooksOf(ends, true)]
  })
  const isBridged = subject.plan.zones.some(({ linkKind }) => linkKind === 'bridge')
  const frames = [...(family === 4 ? ['arp'] : []), ...(isBridged ? ['bridge'] : [])]
  const untested = untestedRules(inspection, {
    family,
    hooks: new Set(hooks),
    ...numbersOf(PROTOCOLS.filter((protocol) => asked.some((path) => isAsked(path, protocol)))),
    ports: asked
      .flatMap((path) => PORTED.map((protocol) => numbersAsked(subject, path, family, protocol)))
      .reduce((all, one) => all.union(one), PortSet.empty),
    links: subject.plan.zones.map(({ link }) => link),
    unvaried,
  })
  return [...untested, ...(asked.length > 0 ? unprobedRules(inspection, frames) : [])]
}
