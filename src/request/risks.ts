/** The risks of an opening: services that are known to be misused, and its size. */

import { MAX_PORT, PortSet } from '../net/port-set.ts'
import { PORT_PROTOCOLS, type PortProtocol } from '../net/protocol.ts'
import type { Opening } from '../policy/grant.ts'
import type { Policy } from '../policy/policy.ts'
import { neverOpen, openAnyway } from './grants.ts'
import type { Risk } from './reviewed.ts'
import { RISKS } from './risk-table.ts'

const ALL_PORTS = MAX_PORT + 1
/** More ports than this of one protocol are a range, not a service. */
export const WIDE = 1000
const FIREWALLS = 'NIST SP 800-41 Rev. 1, "Guidelines on Firewalls and Firewall Policy"'

/** Risks by size. The first that applies is used. */
const SIZES = [
  {
    id: 'any-port',
    title: 'Any port',
    above: ALL_PORTS / 2,
    reason:
      'More than half of all ports of a protocol: nearly every service becomes reachable, with all its risks.',
    source: FIREWALLS,
  },
  {
    id: 'wide-range',
    title: 'A wide range',
    above: WIDE,
    reason: `More than ${WIDE.toLocaleString('en-US')} ports: too wide to review, because any service can use one of them.`,
    source: FIREWALLS,
  },
] as const

/**
 * The part of an opening that neither the policy nor the project's grants open already. Both sets
 * may be empty.
 */
export function newlyOpen(
  opening: Opening & { readonly project: string },
  policy: Policy,
  already: readonly Opening[] = [],
): Opening {
  const { destinations, project } = opening
  const beyond = (protocol: PortProtocol) =>
    already.reduce(
      (left, one) => left.subtract(one[protocol]),
      opening[protocol]
        .subtract(openAnyway(policy, protocol, project))
        .subtract(neverOpen(policy, protocol, project)),
    )
  return { tcp: beyond('tcp'), udp: beyond('udp'), destinations }
}

/** In the order of the table, size first. Empty if nothing opens or no risk is known. */
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
