/**
 * Grants: what one project may reach besides the policy. A single port is an element of a hash set,
 * whose key is the project's link, network and port. A range, or a port with destinations, is a
 * rule in a chain of the project, which a map finds by link and network. The cost of a packet does
 * not depend on the number of grants or projects.
 *
 *     tcp_egress:  link . network . port  in granted_tcp4_24   → accept
 *                  link . network         in granting_tcp4_24  → jump to the project's chain
 */

import type { Zone } from '../lab/zone.ts'
import type { ZoneAddress } from '../net/address.ts'
import { networkText } from '../net/address.ts'
import type { PortSet } from '../net/port-set.ts'
import type { Family, PortProtocol } from '../net/protocol.ts'
import { PORT_PROTOCOLS } from '../net/protocol.ts'
import type { Grant } from '../policy/grant.ts'
import { comment, interfaceName, RulesetTextError } from '../quote/nft.ts'
import { baseName } from './origin.ts'
import { addressType, firstAddress, type Length, masked } from './sources.ts'
import { type Block, chain, set, verdictMap } from './table.ts'
import { anonymous, anonymousOf } from './text.ts'

/** The direction of a packet: from the project, or back to it. */
export type Way = 'out' | 'back'

// A reply has the same link, network and port in the opposite fields.
const FIELDS = {
  out: { link: 'iifname', own: 'saddr', other: 'daddr', port: 'dport', prefix: 'grants' },
  back: { link: 'oifname', own: 'daddr', other: 'saddr', port: 'sport', prefix: 'replies' },
} as const

/** The grants of a project for one protocol, separated by their representation. */
interface Own {
  readonly project: Zone
  readonly protocol: PortProtocol
  /** Single ports without destinations, with the first grant that opens each. */
  readonly single: ReadonlyMap<number, Grant>
  /** All other openings. */
  readonly ruled: readonly { readonly grant: Grant; readonly ports: PortSet }[]
}

export interface GrantParts {
  readonly sets: readonly Block[]
  readonly chains: readonly Block[]
}

/**
 * `ways` other than `out` are needed if replies are judged as well. Throws RulesetTextError for a
 * grant to a project that is not in `projects`.
 */
export function grantParts(
  grants: readonly Grant[],
  projects: readonly Zone[],
  { lengths, ways }: { lengths: readonly Length[]; ways: readonly Way[] },
): GrantParts {
  const own = ownGrants(grants, projects)
  return {
    sets: PORT_PROTOCOLS.flatMap((protocol) =>
      lengths.flatMap((length) => {
        const mine = own.filter((o) => o.protocol === protocol)
        return [
          portSet(protocol, length, mine),
          ...ways.map((way) => chainMap(way, protocol, length, mine)),
        ]
      }),
    ),
    chains: ways.flatMap((way) =>
      own
        .filter((o) => o.ruled.length > 0)
        .map((o) => chain(chainName(way, o), [], chainRules(way, o))),
    ),
  }
}

/** The rules in a protocol's chain that look up grants. */
export function grantRules(protocol: PortProtocol, lengths: readonly Length[], way: Way): string[] {
  const { link, own, port } = FIELDS[way]
  return lengths.flatMap((length) => {
    const key = `${link} . ${masked(own, length)}`
    const what =
      way === 'out' ? `granted ${protocol} ports` : `replies from granted ${protocol} ports`
    return [
      `${key} . ${protocol} ${port} @granted_${protocol}${length.suffix} counter accept${comment(what)}`,
      `counter ${key} vmap @${mapName(way, protocol, length)}${comment(`${what} by range or destination`)}`,
    ]
  })
}

function ownGrants(grants: readonly Grant[], projects: readonly Zone[]): Own[] {
  const byName = new Map(projects.map((project) => [project.name, project]))
  const byProject = Map.groupBy(grants, ({ project }) => project)
  return [...byProject]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([name, mine]) => {
      const project = byName.get(name)
      if (!project)
        throw new RulesetTextError(
          name,
          `grant ${mine[0]!.request}: its project is not in this ruleset`,
        )
      const sorted = mine.toSorted((a, b) => (a.request < b.request ? -1 : 1))
      return PORT_PROTOCOLS.map((protocol) => split(project, protocol, sorted))
    })
}

function split(project: Zone, protocol: PortProtocol, grants: readonly Grant[]): Own {
  const single = new Map<number, Grant>()
  const ruled: { grant: Grant; ports: PortSet }[] = []
  for (const grant of grants) {
    const ports = grant[protocol]
    if (ports.isEmpty) continue
    const isSingle = ports.ranges.every(({ from, to }) => from === to)
    if (grant.destinations.length > 0 || !isSingle) ruled.push({ grant, ports })
    else for (const port of ports) if (!single.has(port)) single.set(port, grant)
  }
  return { project, protocol, single, ruled }
}

function portSet(protocol: PortProtocol, length: Length, own: readonly Own[]): Block {
  const elements: string[] = []
  for (const { project, single } of own) {
    if (single.size === 0) continue
    const sorted = [...single].sort(([a], [b]) => a - b)
    for (const key of keysOf(project, length))
      for (const [port, grant] of sorted) elements.push(`${key} . ${port}${origin(grant)}`)
  }
  const type = `ifname . ${addressType(length)} . inet_service`
  return set(
    `granted_${protocol}${length.suffix}`,
    { type, interval: false, counter: true },
    elements,
  )
}

function chainMap(way: Way, protocol: PortProtocol, length: Length, own: readonly Own[]): Block {
  const elements = own
    .filter(({ ruled }) => ruled.length > 0)
    .flatMap((o) => keysOf(o.project, length).map((key) => `${key} : jump ${chainName(way, o)}`))
  return verdictMap(mapName(way, protocol, length), `ifname . ${addressType(length)}`, elements)
}

function mapName(way: Way, protocol: PortProtocol, { suffix }: Length): string {
  return `${way === 'out' ? 'granting' : 'replying'}_${protocol}${suffix}`
}

/** Link and network: at most one network of each prefix length. */
function keysOf({ link, addresses }: Zone, { family, bits }: Length): string[] {
  return addresses
    .filter((a) => a.family === family && a.prefixLength === bits)
    .map((a) => `${interfaceName(link)} . ${firstAddress(a)}`)
}

/** Project names have no underscore, so two names never become equal. */
function chainName(way: Way, { protocol, project }: Pick<Own, 'protocol' | 'project'>): string {
  if (!/^[a-z][a-z0-9-]*$/.test(project.name))
    throw new RulesetTextError(
      project.name,
      'a project name has only lower-case letters, digits and hyphens',
    )
  return `${FIELDS[way].prefix}_${protocol}_${project.name.replaceAll('-', '_')}`
}

function chainRules(way: Way, { protocol, ruled }: Own): string[] {
  const { other, port } = FIELDS[way]
  return ruled.flatMap(({ grant, ports }) => {
    const match = `${protocol} ${port} ${anonymous(ports)} counter accept${origin(grant)}`
    const { destinations } = grant
    if (destinations.length === 0) return [match]
    return FAMILIES_OF.flatMap(([family, ip]) => {
      const own = destinations.filter((d) => d.family === family)
      return own.length === 0 ? [] : [`${ip} ${other} ${prefixes(own)} ${match}`]
    })
  })
}

const FAMILIES_OF: readonly (readonly [Family, string])[] = [
  [4, 'ip'],
  [6, 'ip6'],
]

function prefixes(destinations: readonly ZoneAddress[]): string {
  return anonymousOf(destinations.map(networkText).sort())
}

/** Without the line of the request, which changes when another request is inserted above it. */
function origin({ label, at }: Grant): string {
  return comment(`${baseName(at.file)} ${label}`)
}
