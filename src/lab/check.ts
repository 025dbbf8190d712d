/** What is wrong with a lab's zones and settings together. */

import type { Path, YamlDocument } from '../input/document.ts'
import type { Problem } from '../input/problem.ts'
import { quoted } from '../input/quoted.ts'
import type { Prefix } from '../net/address.ts'
import { addressAt } from '../net/address.ts'
import { networkOf, prefixIn, prefixText } from '../net/prefix.ts'
import { PrefixSet } from '../net/prefix-set.ts'
import { FIREWALL, type LabZone } from './lab.ts'
import { linkNameProblem, portOf } from './link-name.ts'
import { isSetting } from './settings.ts'
import type { ReadZone } from './zone-read.ts'

type Complain = (path: Path, message: string) => Problem

export function problemsOfLab(
  zones: readonly ReadZone[],
  sysctls: Readonly<Record<string, string>>,
  document: YamlDocument,
): Problem[] {
  const complain: Complain = (path, message) => ({ at: document.place(path), message })
  const key: Complain = (path, message) => ({ at: document.keyPlace(path), message })
  const plain = zones.map(({ zone }) => zone)
  const whole = zones.filter(({ isBroken }) => !isBroken)
  return [
    ...zones.flatMap(({ zone, written }) => named(zone, 'link' in written, key)),
    ...plain.flatMap((zone) => families(zone, complain)),
    ...whole.flatMap(({ zone }) => hosted(zone, complain)),
    ...whole.flatMap((read) => firsts(read, complain)),
    ...defaults(zones, key),
    ...kinds(
      whole.map(({ zone }) => zone),
      complain,
    ),
    ...ports(plain, complain),
    ...prefixes(plain, complain),
    ...routes(plain, complain),
    ...Object.keys(sysctls).flatMap((name) => sysctl(name, key)),
  ]
}

// A name that is all digits would lose its place among the others: objects have these first.
const NAME = /^(?!\d+$)[A-Za-z0-9][A-Za-z0-9_.@+-]{0,31}$/

function named({ name, link }: LabZone, hasLink: boolean, key: Complain): Problem[] {
  const path = ['zones', name]
  const said = `zone ${quoted(name)}`
  if (name === FIREWALL)
    return [key(path, `${said}: the firewall itself is called that; give the zone another name`)]
  if (!NAME.test(name))
    return [
      key(
        path,
        `${said}: must be 1 to 32 letters, digits, "_", ".", "@", "+" or "-", and not all digits`,
      ),
    ]
  const problem = !hasLink && link === name ? linkNameProblem(link) : undefined
  return problem === undefined
    ? []
    : [
        key(
          path,
          `${said}: cannot be the name of its link, because it ${problem}; name the link by "link"`,
        ),
      ]
}

function families({ name, addresses }: LabZone, complain: Complain): Problem[] {
  const [first, second] = addresses
  if (!first || first.family !== second?.family) return []
  const message = `address "${second.address}/${second.prefixLength}": a second IPv${second.family} address; one of each family is used`
  return [complain(['zones', name, 'addresses', 1], message)]
}

/** What needs a host behind the link. */
function hosted(zone: LabZone, complain: Complain): Problem[] {
  const { name, linkKind, addresses, own } = zone
  const path = ['zones', name]
  if (linkKind === 'none' && addresses.length > 0)
    return [
      complain(
        [...path, 'addresses'],
        'nothing is behind a link of kind none, so it has no addresses',
      ),
    ]
  const isEmpty = addresses.length === 0 && (linkKind === 'none' || own !== undefined)
  if (zone.isDefault && isEmpty)
    return [complain([...path, 'default'], `default route: zone ${name} has no address behind it`)]
  if (addresses.length === 0 && !isEmpty) return []
  return (zone.routes ?? []).flatMap((route, i) => {
    const family = route.includes(':') ? 6 : 4
    if (addresses.some((host) => host.family === family)) return []
    const message = `route ${quoted(route)}: no host with an IPv${family} address is behind ${name}`
    return [complain([...path, 'routes', i], message)]
  })
}

/** The first address of a prefix is the firewall's unless `own` names others. */
function firsts({ zone, written }: ReadZone, complain: Complain): Problem[] {
  if (zone.own?.length) return []
  return zone.addresses.flatMap((host, i) => {
    if (addressAt(host, 1n) !== host.address) return []
    const at = (written.addresses ?? []).findIndex((text) => text?.startsWith(`${host.address}/`))
    return [
      complain(
        ['zones', zone.name, 'addresses', at < 0 ? i : at],
        `address "${host.address}/${host.prefixLength}": that is the first address of the prefix, which is the firewall's unless "own" names another`,
      ),
    ]
  })
}

function defaults(zones: readonly ReadZone[], key: Complain): Problem[] {
  const [first, ...more] = zones.filter(({ zone }) => zone.isDefault)
  return more.map(({ zone }) =>
    key(
      ['zones', zone.name, 'default'],
      `zone ${zone.name}: the default route leads to ${first!.zone.name} already`,
    ),
  )
}

/** Zones may share a link, and are then behind one interface. */
function kinds(zones: readonly LabZone[], complain: Complain): Problem[] {
  const first = new Map<string, LabZone>()
  return zones.flatMap((zone) => {
    const { name, link, linkKind = 'ethernet' } = zone
    const other = first.get(link) ?? zone
    first.set(link, other)
    const before = other.linkKind ?? 'ethernet'
    if (before === linkKind) return []
    const message = `zone ${name}: link ${quoted(link)} is ${linkKind} here and ${before} in zone ${other.name}`
    return [complain(['zones', name], message)]
  })
}

/** The lab makes a port for every bridge, of which no other link can have the name. */
function ports(zones: readonly LabZone[], complain: Complain): Problem[] {
  const bridges = zones.filter(({ linkKind }) => linkKind === 'bridge')
  const links = new Set(zones.map(({ link }) => link))
  const owners = new Map<string, string>()
  return bridges.flatMap(({ name, link }) => {
    const port = portOf(link)
    const owner = links.has(port) ? port : (owners.get(port) ?? link)
    owners.set(port, owner)
    if (owner === link) return []
    const message = `zone ${name}: the lab calls the port of bridge ${JSON.stringify(link)} ${JSON.stringify(port)}, which is in use by ${JSON.stringify(owner)}: give one of them another name`
    return [complain(['zones', name], message)]
  })
}

interface Placed {
  readonly zone: string
  readonly text: string
  readonly prefix: Prefix
  readonly path: Path
}

function linkPrefixes({ name, addresses, own = [] }: LabZone): Placed[] {
  const lone = own
    .map((address, i) => ({ address, i }))
    .filter(({ address }) => !addresses.some(({ family }) => family === address.family))
  return [
    ...addresses.map((address, i) => ({ address, path: ['zones', name, 'addresses', i] })),
    ...lone.map(({ address, i }) => ({ address, path: ['zones', name, 'own', i] })),
  ].map(({ address, path }) => ({
    zone: name,
    text: `${address.address}/${address.prefixLength}`,
    prefix: networkOf(address),
    path,
  }))
}

/** Each is compared with those of the zones above it in the file. */
function prefixes(zones: readonly LabZone[], complain: Complain): Problem[] {
  const before = new PrefixSet()
  const placed = new Map<Prefix, Placed>()
  return zones.flatMap((zone) => {
    const own = linkPrefixes(zone)
    const problems = own.flatMap(({ prefix, text, path }) => {
      const other = before.overlapping(prefix)
      const where = other && placed.get(other)
      if (!where) return []
      const message = `prefix of ${quoted(text)} overlaps that of zone ${where.zone}, ${quoted(where.text)}`
      return [complain(path, message)]
    })
    for (const one of own) {
      before.add(one.prefix)
      placed.set(one.prefix, one)
    }
    return problems
  })
}

/** Routes may lie within others: the longest prefix decides. Two of the same do not go together. */
function routes(zones: readonly LabZone[], complain: Complain): Problem[] {
  const taken = new Map(
    zones
      .flatMap(linkPrefixes)
      .map(({ prefix, zone }) => [prefixText(prefix), `the link of zone ${zone}`]),
  )
  return zones.flatMap(({ name, routes = [] }) =>
    routes.flatMap((route, i) => {
      const text = prefixText(prefixIn(route)!)
      const holder = taken.get(text)
      if (holder === undefined) taken.set(text, `zone ${name}`)
      else {
        const message = `route ${quoted(route)}: leads to ${holder} already`
        return [complain(['zones', name, 'routes', i], message)]
      }
      return []
    }),
  )
}

function sysctl(name: string, key: Complain): Problem[] {
  if (isSetting(name)) return []
  const message = `sysctl ${quoted(name)}: only those below "net." belong to a namespace`
  return [key(['sysctls', name], message)]
}
