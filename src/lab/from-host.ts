/** A machine's links, addresses and routes → a similar lab. */
import type { Prefix, ZoneAddress } from '../net/address.ts'
import { hostIn } from '../net/free-prefix.ts'
import { around, bitsOf, contains, networkOf, overlaps, prefixText } from '../net/prefix.ts'
import type { Family } from '../net/protocol.ts'
import type { HostAddress, HostLink, HostRoute, HostView } from './host-view.ts'
import { FIREWALL, type LabPlan, type LabZone } from './lab.ts'
import { linkNameProblem } from './link-name.ts'
import { settingsOf } from './settings.ts'

export interface HostLab {
  readonly plan: LabPlan
  /** Differences between the machine and the lab. */
  readonly reasons: readonly string[]
  /** Interfaces whose names a lab cannot have, with the reason. The plan leaves them out. */
  readonly refused: readonly string[]
}

export function labFromHost(view: HostView): HostLab {
  const builder = new Builder(view)
  for (const link of view.links) builder.add(link)
  builder.route()
  const { zones, reasons: told, refused } = builder
  return { plan: { zones, ...settingsOf(view) }, reasons: told, refused }
}

/**
 * Interfaces that the kernel creates itself with a tunnel's module, and interfaces that only shape
 * traffic.
 */
const FALLBACK = /^(tunl|sit|gre|gretap|erspan|ip6tnl|ip6gre|ip_vti|ip6_vti|teql|ifb)\d+$/
/** Link kinds that the lab creates as they are here. */
const LIKE_ETHERNET: ReadonlySet<string | undefined> = new Set([
  undefined,
  'veth',
  'bridge',
  'dummy',
])

interface Net {
  readonly prefix: Prefix
  readonly own: readonly HostAddress[]
}

class Builder {
  readonly reasons: string[] = []
  readonly refused: string[] = []
  readonly #zones: LabZone[] = []
  readonly #routes = new Map<string, string[]>()
  readonly #view: HostView
  #default: string | undefined

  constructor(view: HostView) {
    this.#view = view
  }

  get zones(): LabZone[] {
    return this.#zones.map((zone) => {
      const routes = this.#routes.get(zone.name)
      return {
        ...zone,
        ...(routes ? { routes } : {}),
        ...(zone.name === this.#default ? { isDefault: true } : {}),
      }
    })
  }

  add(link: HostLink): void {
    const { name, master, kind, isUp, isLoopback, addresses } = link
    if (isLoopback) {
      for (const { address } of addresses) this.reasons.push(`${address} at ${name} is left out`)
      return
    }
    if (master !== undefined) this.reasons.push(`${name} is a port of ${master}`)
    if (master !== undefined || (FALLBACK.test(name) && addresses.length === 0)) return
    const problem = linkNameProblem(name)
    if (problem !== undefined) {
      this.refused.push(`interface ${JSON.stringify(name)}: ${problem}`)
      this.reasons.push(`${JSON.stringify(name)} is left out: it ${problem}`)
      return
    }
    if (!LIKE_ETHERNET.has(kind))
      this.reasons.push(`${name} is ${kind} here and ethernet in the lab`)
    if (!isUp) this.reasons.push(`${name} is down here: nothing is behind it`)
    else if (addresses.length === 0)
      this.reasons.push(`${name} has no address: nothing is behind it`)
    this.#addZones(link)
  }

  /**
   * A zone has one prefix of each family. Further prefixes become further zones on the same link.
   */
  #addZones(link: HostLink): void {
    const nets = netsOf(link, this.#view.routes).filter((net) => this.#isFree(net, link))
    const isIdle = !link.isUp || nets.length === 0
    const linkKind = isIdle ? 'none' : link.kind === 'bridge' ? 'bridge' : undefined
    const four = nets.filter(({ prefix }) => prefix.family === 4)
    const six = nets.filter(({ prefix }) => prefix.family === 6)
    for (let i = 0; i === 0 || i < Math.max(four.length, six.length); i++) {
      const own = [four[i], six[i]].filter((net) => net !== undefined)
      const name = this.#nameFor(i === 0 ? link.name : `${link.name}-${i + 1}`)
      if (i > 0)
        this.reasons.push(
          `${link.name} has more than one prefix: zone ${name} is a second zone on it`,
        )
      this.#zones.push({
        name,
        link: link.name,
        ...(linkKind === undefined ? {} : { linkKind }),
        addresses: linkKind === 'none' ? [] : own.flatMap((net) => this.#hostIn(net, link)),
        ...(own.length === 0 ? {} : { own: own.flatMap(ownIn) }),
      })
    }
  }

  #isFree({ prefix, own }: Net, { name }: HostLink): boolean {
    const rival = this.#zones.find((zone) =>
      (zone.own ?? []).some((address) => overlaps(networkOf(address), prefix)),
    )
    if (rival)
      this.reasons.push(
        `${own[0]!.address}/${prefix.prefixLength} at ${name} is left out: it overlaps with ${rival.name}`,
      )
    return !rival
  }

  #nameFor(text: string): string {
    const plain = text.replaceAll(/[^A-Za-z0-9_.@+-]/g, '-').replace(/^([^A-Za-z0-9]|\d+$)/, 'if$&')
    const taken = new Set([FIREWALL, ...this.#zones.map(({ name }) => name)])
    let name = plain
    for (let n = 2; taken.has(name); n++) name = `${plain}-${n}`
    return name
  }

  /**
   * The gateway of the default route, else of another route, else any address that the firewall
   * does not have.
   */
  #hostIn({ prefix, own }: Net, { name }: HostLink): ZoneAddress[] {
    if (prefix.prefixLength > bitsOf(prefix.family) - 2) return []
    const gateways = byWeight(this.#view.routes)
      .filter(({ link, gateway }) => link === name && gateway && contains(prefix, gateway))
      .map(({ gateway }) => gateway!.address)
    const peers = own.flatMap(({ peer }) => (peer && contains(prefix, peer) ? [peer.address] : []))
    const address = [...gateways, ...peers].find((one) => !own.some((mine) => mine.address === one))
    if (address !== undefined) return [{ ...prefix, address }]
    return [
      hostIn(
        prefix,
        own.map((mine) => mine.address),
      ),
    ]
  }

  route(): void {
    for (const route of byWeight(this.#view.routes)) {
      if (route.type !== 'unicast')
        this.reasons.push(`route ${prefixText(route.to)} (${route.type}) is left out`)
      else if (route.isDefault) this.#routeDefault(route)
      else this.#routeTo(route)
    }
  }

  #routeDefault(route: HostRoute): void {
    const zone = this.#zoneOf(route)
    const said = `the default route of IPv${route.to.family} at ${route.link}`
    if (!zone) this.reasons.push(`${said} is left out: no host is behind it`)
    else if (this.#default === undefined) this.#default = zone.name
    else if (this.#default !== zone.name)
      this.reasons.push(`${said} is left out: another one has priority`)
  }

  #routeTo(route: HostRoute): void {
    const { to, gateway } = route
    const onLink = this.#zones.some((zone) =>
      (zone.own ?? []).some((own) => {
        const net = networkOf(own)
        return (
          prefixText(net) === prefixText(to) ||
          (!gateway && zone.link === route.link && contains(net, to))
        )
      }),
    )
    const all = [...this.#routes.values()].flat()
    if (onLink || all.includes(prefixText(to))) return
    const zone = this.#zoneOf(route)
    if (!zone)
      this.reasons.push(
        `route ${prefixText(to)} at ${route.link} is left out: no host is behind it`,
      )
    else this.#routes.set(zone.name, [...(this.#routes.get(zone.name) ?? []), prefixText(to)])
  }

  #zoneOf({ to, link, gateway }: HostRoute): LabZone | undefined {
    const able = this.#zones.filter(
      (zone) => zone.link === link && zone.addresses.some(({ family }) => family === to.family),
    )
    const near = able.find(({ addresses }) =>
      addresses.some((host) => gateway && contains(networkOf(host), gateway)),
    )
    return near ?? able[0]
  }
}

/** The metric decides between routes to the same prefix, as in the kernel. */
const byWeight = (routes: readonly HostRoute[]): HostRoute[] =>
  routes.toSorted((a, b) => Number(b.isDefault) - Number(a.isDefault) || a.metric - b.metric)

const ownIn = ({ prefix, own }: Net): ZoneAddress[] =>
  own.map(({ family, address }) => ({ family, address, prefixLength: prefix.prefixLength }))

/** The addresses by prefix. Prefixes with a gateway come first. */
function netsOf({ name, addresses }: HostLink, routes: readonly HostRoute[]): Net[] {
  const own = routes.filter(({ link }) => link === name)
  const nets = new Map<string, Net>()
  for (const address of addresses) {
    const prefix = prefixOf(address, own)
    const key = prefixText(prefix)
    nets.set(key, { prefix, own: [...(nets.get(key)?.own ?? []), address] })
  }
  const leads = ({ prefix }: Net): number =>
    own.some(({ gateway }) => gateway && contains(prefix, gateway)) ? 0 : 1
  return [...nets.values()].toSorted((a, b) => leads(a) - leads(b))
}

/** A single address gets the smallest prefix that contains its peer or gateway. */
function prefixOf(address: HostAddress, routes: readonly HostRoute[]): Prefix {
  const { family, peer, prefixLength } = address
  const longest = bitsOf(family) - 2
  if (prefixLength <= longest) return networkOf(address)
  const alone: Prefix = { family, address: address.address, prefixLength: bitsOf(family) }
  const mine = routes.filter(({ to }) => to.family === family)
  const gateway = mine.find((route) => route.gateway?.family === family)?.gateway
  const other = peer ?? gateway
  if (other) return narrowed(around(alone, other)!, longest)
  // A route needs a host that it leads to.
  return mine.some(({ to }) => to.address !== address.address)
    ? networkOf({ ...alone, prefixLength: usual(family) })
    : networkOf({ ...alone, prefixLength })
}

const usual = (family: Family): number => (family === 4 ? 24 : 64)

/**
 * Not longer than this, and short enough that neither address is the network or broadcast address.
 */
function narrowed(prefix: Prefix, longest: number): Prefix {
  return networkOf({ ...prefix, prefixLength: Math.max(8, Math.min(prefix.prefixLength, longest)) })
}
