/** Errors of a lab's zones and settings that concern several keys. */

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

// A name of digits only would lose its place: JavaScript objects list such keys first.
const NAME = /^(?!\d+$)[A-Za-z0-9][A-Za-z0-9_.@+-]{0,31}$/

function named({ name, link }: LabZone, hasLink: boolean, key: Complain): Problem[] {
  const path = ['zones', name]
  const said = `zone ${quoted(name)}`
  if (name === FIREWALL)
    return [key(path, `${said}: the name is reserved for the firewall itself: choose another one`)]
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
          `${said}: cannot be the name of its link, because it ${problem}: name the interface, like ${quoted(name)}: { link: eth0 }`,
        ),
      ]
}

function families({ name, addresses }: LabZone, complain: Complain): Problem[] {
  const [first, second] = addresses
  if (!first || first.family !== second?.family) return []
  const message = `address "${second.address}/${second.prefixLength}": a second IPv${second.family} address: a zone has at most one of each family`
  return [complain(['zones', name, 'addresses', 1], message)]
}

/** Settings that need a host behind the link. */
function hosted(zone: LabZone, complain: Complain): Problem[] {
  const { name, linkKind, addresses, own } = zone
  const path = ['zones', name]
  if (linkKind === 'none' && addresses.length > 0)
    return [
      complain([...path, 'addresses'], 'a link of kind none has no host: remove its addresses'),
    ]
  const isEmpty = addresses.length === 0 && (linkKind === 'none' || own !== undefined)
  if (zone.isDefault && isEmpty)
    return [
      complain([...path, 'default'], `default route: zone ${name} has no host that it can lead to`),
    ]
  if (addresses.length === 0 && !isEmpty) return []
  return (zone.routes ?? []).flatMap((route, i) => {
    const family = route.includes(':') ? 6 : 4
    if (addresses.some((host) => host.family === family)) return []
    const message = `route ${quoted(route)}: zone ${name} has no host with an IPv${family} address`
    return [complain([...path, 'routes', i], message)]
  })
}

/** The firewall has the first address of each prefix unless `own` names others. */
function firsts({ zone, written }: ReadZone, complain: Complain): Problem[] {
  if (zone.own?.length) return []
  return zone.addresses.flatMap((host, i) => {
    if (addressAt(host, 1n) !== host.address) return []
    const at = (written.addresses ?? []).findIndex((text) => text?.startsWith(`${host.address}/`))
    return [
      complain(
        ['zones', zone.name, 'addresses', at < 0 ? i : at],
        `address "${host.address}/${host.prefixLength}": this is the first address of the prefix: the firewall has it unless "own" names another`,
      ),
    ]
  })
}

function defaults(zones: readonly ReadZone[], key: Complain): Problem[] {
  const [first, ...more] = zones.filter(({ zone }) => zone.isDefault)
  return more.map(({ zone }) =>
    key(
      ['zones', zone.name, 'default'],
      `zone ${zone.name}: the default route already leads to ${first!.zone.name}`,
    ),
  )
}

/** Zones may share a link. They are then behind one interface of one kind. */
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

/** The lab creates a port for every bridge. No other link may have the port's name. */
function ports(zones: readonly LabZone[], complain: Complain): Problem[] {
  const bridges = zones.filter(({ linkKind }) => linkKind === 'bridge')
  const links = new Set(zones.map(({ link }) => link))
  const owners = new Map<string, string>()
  return bridges.flatMap(({ name, link }) => {
    const port = portOf(link)
    const owner = links.has(port) ? port : (owners.get(port) ?? link)
    owners.set(port, owner)
    if (owner === link) return []
    const message = `zone ${name}: the lab names the port of bridge ${JSON.stringify(link)} ${JSON.stringify(port)}, and ${JSON.stringify(owner)} already uses this name: rename one of them`
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

/** Each prefix is compared with those of the zones above it in the file. */
function prefixes(zones: readonly LabZone[], complain: Complain): Problem[] {
  const before = new PrefixSet()
  const placed = new Map<Prefix, Placed>()
  return zones.flatMap((zone) => {
    const own = linkPrefixes(zone)
    const problems = own.flatMap(({ prefix, text, path }) => {
      const other = before.overlapping(prefix)
      const where = other && placed.get(other)
      if (!where) return []
      const message = `prefix of ${quoted(text)} overlaps ${quoted(where.text)} of zone ${where.zone}`
      return [complain(path, message)]
    })
    for (const one of own) {
      before.add(one.prefix)
      placed.set(one.prefix, one)
    }
    return problems
  })
}

/** Routes may nest, because the longest prefix decides. Two routes to one prefix are an error. */
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
        const message = `route ${quoted(route)}: already leads to ${holder}`
        return [complain(['zones', name, 'routes', i], message)]
      }
      return []
    }),
  )
}

function sysctl(name: string, key: Complain): Problem[] {
  if (isSetting(name)) return []
  const message = `sysctl ${quoted(name)}: a namespace has only settings below "net."`
  return [key(['sysctls', name], message)]
}
