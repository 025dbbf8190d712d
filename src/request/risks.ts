/** What an opening risks: services that are known to be misused, and sheer size. */

import { MAX_PORT, PortSet } from '../net/port-set.ts'
import { PORT_PROTOCOLS, type PortProtocol } from '../net/protocol.ts'
import type { Policy } from '../policy/egress/policy.ts'
import type { Opening } from '../policy/grant.ts'
import { neverOpen, openAnyway } from './grants.ts'
import type { Risk } from './reviewed.ts'
import { RISKS } from './risk-table.ts'

const ALL_PORTS = MAX_PORT + 1
/** More ports than this of one protocol are no service's, but a range. */
export const WIDE = 1000
const FIREWALLS = 'NIST SP 800-41 Rev. 1, "Guidelines on Firewalls and Firewall Policy"'

/** Sheer size; the first that holds is told. */
const SIZES = [
  {
    id: 'any-port',
    title: 'Any port',
    above: ALL_PORTS / 2,
    reason:
      'More than half of all ports of a protocol: nearly every service there is can be reached by it, and every misuse with it.',
    source: FIREWALLS,
  },
  {
    id: 'wide-range',
    title: 'A wide range',
    above: WIDE,
    reason: `More than ${WIDE.toLocaleString('en-US')} ports: too wide to review: any service can hide there.`,
    source: FIREWALLS,
  },
] as const

/** The part of an opening that neither the policy nor what the project has already opens. Both sets may be empty. */
export function newlyOpen(
  opening: Opening,
  policy: Policy,
  already: readonly Opening[] = [],
): Opening {
  const { destinations } = opening
  const beyond = (protocol: PortProtocol) =>
    already.reduce(
      (left, one) => left.subtract(one[protocol]),
      opening[protocol]
        .subtract(openAnyway(policy, protocol))
        .subtract(neverOpen(policy, protocol)),
    )
  return { tcp: beyond('tcp'), udp: beyond('udp'), destinations }
}

/** In the order of the table, sheer size first. Empty where nothing is opened or nothing is known against it. */
export function risksOf(opening: Opening): Risk[] {
  const found = [
    ...PORT_PROTOCOLS.flatMap((protocol) => sizeOf(opening, protocol)),
    ...named(opening),
  ]
  return found.filter(({ tcp, udp }) => !tcp.isEmpty || !udp.isEmpty)
}

function sizeOf(opening: Opening, protocol: PortProtocol): Risk[] {
  const size = SIZES.find(({ above }) => opening[protocol].size > above)
  if (!size) return []
  const { id, title, reason, source } = size
  return [{ id, kind: 'size', title, ...only(protocol, opening[protocol]), reason, source }]
}

function named(opening: Opening): Risk[] {
  return RISKS.map(({ id, kind, title, protocols, ports, reason, source }) => {
    const hit = (protocol: PortProtocol): PortSet =>
      protocols.includes(protocol) ? opening[protocol].intersect(ports) : PortSet.empty
    return { id, kind, title, tcp: hit('tcp'), udp: hit('udp'), reason, source }
  })
}

function only(protocol: PortProtocol, ports: PortSet): Pick<Risk, PortProtocol> {
  return { tcp: PortSet.empty, udp: PortSet.empty, [protocol]: ports }
}
