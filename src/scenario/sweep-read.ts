/** Sweeps of scenario files → SweepPlans, with all errors of each. */

import type { Path, YamlDocument } from '../input/document.ts'
import { lazily, type Problem } from '../input/problem.ts'
import { quoted } from '../input/quoted.ts'
import type { Partly } from '../input/schema-cut.ts'
import { suggestion } from '../input/suggestion.ts'
import { FIREWALL } from '../lab/lab.ts'
import type { Zone } from '../lab/zone.ts'
import { readAddress, type ZoneAddress } from '../net/address.ts'
import { PortSet } from '../net/port-set.ts'
import { PrefixSet } from '../net/prefix-set.ts'
import { FAMILIES, type Family, PROTOCOLS } from '../net/protocol.ts'
import type { KnownPlatform } from '../platform/read.ts'
import { readPorts } from '../policy/numbers.ts'
import { INTERNET, type PolicyHost } from '../policy/policy.ts'
import { EVERY_PROJECT, type SweepPlan } from './scenario.ts'
import type { ScenarioFile } from './schema.ts'

type SweepFile = NonNullable<Partly<ScenarioFile['sweeps'][number]>>

export class SweepReader {
  readonly problems: Problem[] = []
  readonly #document: YamlDocument
  readonly #zones: ReadonlyMap<string, Zone>
  readonly #projects: readonly Zone[]
  readonly #hasAllZones: boolean
  readonly #hosts: ReadonlySet<string>
  /** Of zones and hosts. */
  readonly #hasAllNames: boolean
  #owned: Owned | undefined

  /** `hosts`: those of the policy; absent if it cannot be read. */
  constructor(
    document: YamlDocument,
    { zones, hasAllZones }: KnownPlatform,
    hosts?: readonly PolicyHost[],
  ) {
    this.#document = document
    this.#zones = new Map([
      ...(hosts ?? []).map((host) => [host.name, hostAsZone(host)] as const),
      ...zones.map((zone) => [zone.name, zone] as const),
    ])
    this.#hosts = new Set((hosts ?? []).map(({ name }) => name))
    this.#hasAllNames = hasAllZones && hosts !== undefined
    this.#projects = zones.filter(({ kind }) => kind === 'project')
    this.#hasAllZones = hasAllZones
  }

  /** Undefined if `from` or `to` is missing. */
  read(sweep: SweepFile | undefined, index: number): SweepPlan | undefined {
    return sweep && this.#sweep(sweep, ['sweeps', index])
  }

  #complain(path: Path, message: string | (() => string)): void {
    const at = this.#document.place(path)
    this.problems.push(typeof message === 'string' ? { at, message } : lazily(at, message))
  }

  #sweep(sweep: SweepFile, path: Path): SweepPlan | undefined {
    const every = sweep.from === EVERY_PROJECT
    this.#atFirewall(sweep, path)
    this.#atHosts(sweep, path)
    const senders = every ? this.#projects : [this.#zone(sweep.from, [...path, 'from'])]
    const to = this.#zone(sweep.to, [...path, 'to'])
    if (to && (every ? to.kind === 'project' : senders.includes(to)))
      this.#complain(
        [...path, 'to'],
        () => `to ${quoted(to.name)}: choose another zone: a sweep goes from one zone to another`,
      )
    const as = sweep.as === undefined ? undefined : this.#spoofed(sweep.as, [...path, 'as'])
    if (as && (every || senders.some((zone) => zone?.kind === 'internet')))
      this.#complain([...path, 'as'], '"as" is for sweeps from one project')
    const towards = sweep.towards && this.#towards(sweep.towards, to, [...path, 'towards'])
    const ends = [to, as, towards]
    const families = this.#families(sweep.families, { every, senders, ends }, path)
    const states = this.#stated(sweep, path)
    if (sweep.from === undefined || sweep.to === undefined) return undefined
    return {
      from: sweep.from,
      to: sweep.to,
      ...(as ? { as } : {}),
      ...(towards ? { towards } : {}),
      protocols: PROTOCOLS.filter((p) => sweep.protocols?.includes(p) ?? true),
      families,
      ports: sweep.ports === undefined ? PortSet.all : portsOf(sweep.ports),
      ...states,
      answer: sweep.answer ?? 'reply',
      handshakes: sweep.handshakes ?? 'boundaries',
    }
  }

  /** The firewall sends from its own addresses, and no answer of a target comes to it. */
  #atFirewall({ from, to, as, towards, answer }: SweepFile, path: Path): void {
    if (from !== FIREWALL && to !== FIREWALL) return
    if (from === to)
      this.#complain(
        [...path, 'to'],
        'to "firewall": choose another zone: a sweep goes from one zone to another',
      )
    for (const [key, value] of Object.entries({ as, towards }))
      if (value !== undefined)
        this.#complain([...path, key], `"${key}" is for sweeps that the firewall forwards`)
    if (answer === 'icmp-error')
      this.#complain([...path, 'answer'], '"icmp-error" is for sweeps that the firewall forwards')
  }

  /** A host has its own addresses, and is on the Internet. */
  #atHosts({ from, to, as, towards }: SweepFile, path: Path): void {
    const isHost = (name: string | undefined): boolean =>
      name !== undefined && this.#hosts.has(name)
    if (isHost(to) && towards !== undefined)
      this.#complain([...path, 'towards'], '"towards" is for sweeps to the internet, not to a host')
    if (isHost(from) && as !== undefined)
      this.#complain([...path, 'as'], '"as" is for sweeps from one project')
    if (isHost(from) && (to === INTERNET || isHost(to)))
      this.#complain(
        [...path, 'to'],
        () => `to ${quoted(to)}: both ends are on the Internet: choose a project, or the firewall`,
      )
    if (isHost(to) && from === INTERNET)
      this.#complain(
        [...path, 'to'],
        () =>
          `to ${quoted(to)}: both ends are on the Internet: choose a project, or the firewall, to send from`,
      )
  }

  #stated({ open, blocked }: SweepFile, path: Path): Pick<SweepPlan, 'states'> {
    if (!open && !blocked) return {}
    const portsIn = (ports: typeof open) => ({
      tcp: ports?.tcp === undefined ? PortSet.empty : portsOf(ports.tcp),
      udp: ports?.udp === undefined ? PortSet.empty : portsOf(ports.udp),
    })
    const key = open ? 'open' : 'blocked'
    const states = {
      at: this.#document.place([...path, key]),
      open: portsIn(open),
      blocked: portsIn(blocked),
    }
    for (const protocol of ['tcp', 'udp'] as const) {
      const both = states.open[protocol].intersect(states.blocked[protocol])
      if (!both.isEmpty)
        this.#complain(
          [...path, 'blocked'],
          `blocked: ${protocol} ${both} is also in "open": remove it from one`,
        )
    }
    return { states }
  }

  #zone(name: string | undefined, path: Path): Zone | undefined {
    if (name === undefined || name === FIREWALL) return undefined
    const zone = this.#zones.get(name)
    if (!zone && this.#hasAllNames)
      this.#complain(
        path,
        () => `unknown zone ${quoted(name)}${suggestion(name, [...this.#zones.keys(), FIREWALL])}`,
      )
    return zone
  }

  #spoofed(as: string | readonly (string | undefined)[], path: Path): NonNullable<SweepPlan['as']> {
    if (typeof as !== 'string') return this.#labelled(as, path)
    const zone = this.#zone(as, path)
    return { label: as, addresses: zone?.addresses ?? [] }
  }

  #labelled(texts: readonly (string | undefined)[], path: Path): NonNullable<SweepPlan['as']> {
    const addresses = texts.flatMap((text, i) => {
      if (text === undefined) return []
      const reading = readAddress(text, { prefix: 'optional' })
      if (reading.ok) return [reading.value]
      this.#complain([...path, i], () => `address ${quoted(text)}: ${reading.message}`)
      return []
    })
    // If one address is invalid, the families of the endpoint are unknown.
    const isWhole = addresses.length === texts.length
    return {
      label: addresses.map((a) => a.address).join(', '),
      addresses: isWhole ? addresses : [],
    }
  }

  #towards(
    texts: readonly (string | undefined)[],
    to: Zone | undefined,
    path: Path,
  ): NonNullable<SweepPlan['towards']> {
    const towards = this.#labelled(texts, path)
    if (to && to.kind !== 'internet')
      this.#complain(path, '"towards" is for sweeps to the internet')
    this.#owned ??= ownedBy(this.#projects)
    const { prefixes, owners } = this.#owned
    for (const address of towards.addresses) {
      const owner = prefixes.overlapping(address)
      if (owner)
        this.#complain(
          path,
          `address "${address.address}" belongs to project ${owners.get(owner)}: "towards" is for addresses on the Internet`,
        )
    }
    return towards
  }

  /**
   * Families that every endpoint has, and at least one of the senders, unless the file asks for a
   * family that an endpoint lacks.
   */
  #families(
    asked: readonly ('ipv4' | 'ipv6' | undefined)[] | undefined,
    { every, senders, ends }: Ends,
    path: Path,
  ): Family[] {
    const isSent = (family: Family): boolean =>
      (every && !this.#hasAllZones) || senders.some((end) => isOf(end, family))
    const has = (family: Family): boolean =>
      isSent(family) && ends.every((end) => isOf(end, family))
    const wanted = FAMILIES.filter((f) => asked?.includes(`ipv${f}`) ?? true)
    for (const family of wanted)
      if (asked && !has(family))
        this.#complain(
          [...path, 'families'],
          `families: an endpoint of this sweep has no IPv${family} address`,
        )
    const families = wanted.filter(has)
    if (families.length === 0)
      this.#complain(path, 'the endpoints of this sweep have no common family')
    return families
  }
}

/** For a sweep, a host is what the Internet is. */
const hostAsZone = ({ name, addresses }: PolicyHost): Zone => ({
  name,
  kind: 'internet',
  link: '',
  addresses,
})

type Endpoint = { readonly addresses: readonly ZoneAddress[] } | undefined

interface Ends {
  readonly every: boolean
  readonly senders: readonly Endpoint[]
  readonly ends: readonly Endpoint[]
}

/** An endpoint without known addresses may have either family. */
const isOf = (end: Endpoint, family: Family): boolean =>
  end === undefined || end.addresses.length === 0 || end.addresses.some((a) => a.family === family)

interface Owned {
  readonly prefixes: PrefixSet
  readonly owners: ReadonlyMap<ZoneAddress, string>
}

function ownedBy(projects: readonly Zone[]): Owned {
  const prefixes = new PrefixSet()
  const owners = new Map<ZoneAddress, string>()
  for (const { name, addresses } of projects)
    for (const address of addresses) {
      prefixes.add(address)
      owners.set(address, name)
    }
  return { prefixes, owners }
}

/** An invalid value has already been reported. */
function portsOf(value: unknown): PortSet {
  const reading = readPorts(value)
  return reading.ok ? reading.value : PortSet.empty
}
